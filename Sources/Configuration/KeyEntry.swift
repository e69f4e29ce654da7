// One key of the configuration: its name, what it may be, its default and where it goes.

import ClusterModel

/// The value of a key that is left out.
enum KeyDefault<Value: Sendable>: Sendable {
    case value(Value)
    /// The preset's, `nil` where the preset has none and the user must say.
    case preset(@Sendable (Preset) -> Value?)
}

/// A key with the type of its value forgotten, so that all stand in one table.
struct KeyEntry: Sendable {
    let path: SettingPath
    /// Completes "expected …".
    let expected: String
    let set: @Sendable (SeenValue, inout PlanDraft) throws(Refusal) -> Void
    /// False if `preset` has no default for this key.
    let setDefault: @Sendable (Preset, inout PlanDraft) -> Bool

    /// The key `name` ("cluster.nodes"), stored at `target`.
    init<Value: Sendable>(
        _ name: String,
        _ target: any WritableKeyPath<PlanDraft, Value> & Sendable,
        _ reader: ValueReader<Value>,
        _ fallback: KeyDefault<Value>
    ) {
        path = SettingPath(dotted: name)
        expected = reader.expected
        set = { (seen, draft) throws(Refusal) in
            draft[keyPath: target] = try reader.read(seen)
        }
        setDefault = { preset, draft in
            guard let value = fallback.value(for: preset) else { return false }
            draft[keyPath: target] = value
            return true
        }
    }
}

extension KeyDefault {
    fileprivate func value(for preset: Preset) -> Value? {
        switch self {
        case .value(let value): value
        case .preset(let value): value(preset)
        }
    }
}
