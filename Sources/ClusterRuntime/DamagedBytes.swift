// What a fault makes of a frame's payload on its way out.

/// How a payload is damaged.
enum Damage {
    /// A bit is flipped.
    case corrupt
    /// The second half is missing.
    case truncated
}

/// A damaged copy of a payload.
final class DamagedBytes {
    private let memory: UnsafeMutableRawBufferPointer

    init(of payload: UnsafeRawBufferPointer, _ damage: Damage) {
        switch damage {
        case .corrupt:
            memory = .allocate(byteCount: payload.count, alignment: 8)
            memory.copyMemory(from: payload)
            if !memory.isEmpty { memory[memory.count / 2] ^= 0x10 }
        case .truncated:
            memory = .allocate(byteCount: payload.count / 2, alignment: 8)
            memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: payload[..<memory.count]))
        }
    }

    deinit { memory.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }
}
