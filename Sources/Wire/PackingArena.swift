import CProtobufC

/// Memory that a protobuf-c message points into while it is packed.
final class PackingArena {
    private var blocks: [UnsafeMutableRawPointer] = []

    func bytes(_ values: [UInt8]) -> ProtobufCBinaryData {
        ProtobufCBinaryData(len: values.count, data: array(values).pointer)
    }

    func string(_ text: String) -> UnsafeMutablePointer<CChar> {
        array(Array(text.utf8CString)).pointer
    }

    func array<T>(_ values: [T]) -> (count: Int, pointer: UnsafeMutablePointer<T>) {
        let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(1, values.count))
        pointer.initialize(from: values, count: values.count)
        blocks.append(UnsafeMutableRawPointer(pointer))
        return (values.count, pointer)
    }

    func strings(_ values: [String]) -> (
        count: Int, pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) {
        array(values.map { Optional(string($0)) })
    }

    /// A message made by its `init` function and then filled.
    func message<M>(
        _ initialise: (UnsafeMutablePointer<M>?) -> Void,
        _ fill: (inout M) -> Void = { _ in }
    ) -> UnsafeMutablePointer<M> {
        let pointer = UnsafeMutablePointer<M>.allocate(capacity: 1)
        initialise(pointer)
        fill(&pointer.pointee)
        blocks.append(UnsafeMutableRawPointer(pointer))
        return pointer
    }

    deinit { for block in blocks { block.deallocate() } }
}
