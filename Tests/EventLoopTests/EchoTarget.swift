import EventLoop

/// Reads into memory of its own and hands on what came.
final class EchoTarget: ReceiveTarget {
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
    private let onBytes: ([UInt8]) -> Void
    private let onEnd: (LoopError) -> Void

    init(onBytes: @escaping ([UInt8]) -> Void, onEnd: @escaping (LoopError) -> Void = { _ in }) {
        self.onBytes = onBytes
        self.onEnd = onEnd
    }

    deinit { memory.deallocate() }

    func nextBuffer() -> UnsafeMutableRawBufferPointer { memory }
    func received(_ count: Int) { onBytes(Array(memory[..<count])) }
    func ended(_ error: LoopError) { onEnd(error) }
}

/// Counts what is alive of a kind.
final class Keeper {
    let memory: UnsafeMutableRawBufferPointer
    private let onRelease: () -> Void

    init(bytes: Int, onRelease: @escaping () -> Void) {
        memory = .allocate(byteCount: bytes, alignment: 8)
        memory.initializeMemory(as: UInt8.self, repeating: 7)
        self.onRelease = onRelease
    }

    var batch: WriteBatch {
        var batch = WriteBatch()
        batch.append(UnsafeRawBufferPointer(memory))
        return batch
    }

    deinit {
        memory.deallocate()
        onRelease()
    }
}
