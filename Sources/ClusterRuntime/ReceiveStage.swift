/// Where the heads of frames, and payload too small for a read of its own, are read to.
///
/// One for all links of a loop: what a read has brought is taken out before the next begins.
final class ReceiveStage {
    /// Room for a head and a small payload.
    ///
    /// What a read brings of a big payload is copied once more, so it is not larger.
    static let size = 8192
    /// From this many missing bytes on, payload is read straight into its place.
    static let directMin = 4096

    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)

    deinit { memory.deallocate() }
}
