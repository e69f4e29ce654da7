import CProtobufC
import ClusterModel

/// Memory that a protobuf-c message points into while it is packed.
@safe final class PackingArena {
    private var blocks: [UnsafeMutableRawPointer] = unsafe []

    func bytes(_ values: [UInt8]) -> ProtobufCBinaryData {
        unsafe ProtobufCBinaryData(len: values.count, data: array(values).pointer)
    }

    func string(_ text: String) -> UnsafeMutablePointer<CChar> {
        unsafe array(Array(text.utf8CString)).pointer
    }

    func array<T>(_ values: [T]) -> (count: Int, pointer: UnsafeMutablePointer<T>) {
        let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(1, values.count))
        unsafe pointer.initialize(from: values, count: values.count)
        unsafe blocks.append(UnsafeMutableRawPointer(pointer))
        return unsafe (values.count, pointer)
    }

    func ranks(_ values: [Rank]) -> (count: Int, pointer: UnsafeMutablePointer<UInt32>) {
        unsafe array(values.map { UInt32($0.index) })
    }

    func strings(_ values: [String]) -> (
        count: Int, pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) {
        unsafe array(values.map { unsafe Optional(string($0)) })
    }

    /// A message made by its `init` function and then filled.
    func message<M>(
        _ initialise: (UnsafeMutablePointer<M>?) -> Void,
        _ fill: (inout M) -> Void = { _ in }
    ) -> UnsafeMutablePointer<M> {
        let pointer = UnsafeMutablePointer<M>.allocate(capacity: 1)
        unsafe initialise(pointer)
        unsafe fill(&pointer.pointee)
        unsafe blocks.append(UnsafeMutableRawPointer(pointer))
        return unsafe pointer
    }

    deinit { unsafe blocks.forEach { unsafe $0.deallocate() } }
}
