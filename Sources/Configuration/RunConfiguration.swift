import ClusterModel
import Faults

/// A configuration in full: the plan of a run, and the faults that it is to meet.
///
/// Two are equal if they say the same, wherever they say it.
public struct RunConfiguration: Hashable, Sendable {
    public var plan: ClusterPlan
    public var faults: FaultPlan
    /// Where its keys were given.
    private let places: [SettingPath: Place]
    /// The file as a whole, where the others have their defaults.
    private let file: String

    init(plan: ClusterPlan, faults: FaultPlan, places: [SettingPath: Place], file: String) {
        self.plan = plan
        self.faults = faults
        self.places = places
        self.file = file
    }

    public static func == (a: RunConfiguration, b: RunConfiguration) -> Bool {
        a.plan == b.plan && a.faults == b.faults
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(plan)
        hasher.combine(faults)
    }

    /// Whether a key (`model.experts`) was given, in the file or by an option.
    public func gives(_ key: String) -> Bool { places[SettingPath(dotted: key)] != nil }

    /// What was found to be wrong with a key (`model.experts`) once files were opened.
    public func problem(of key: String, seen: String) -> ConfigurationProblem {
        let place = places[SettingPath(dotted: key)] ?? .wholeFile(file)
        return ConfigurationProblem(place: place, key: key, seen: seen)
    }
}
