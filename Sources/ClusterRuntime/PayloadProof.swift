// What proves that a chunk's payload came as it was sent. Passing over every byte once at each end is a
// sixth of the processor time of an exchange of big messages (1 MiB a pair, `perf record`).

import Wire

/// How both ends of a mesh make sure of the payload of chunks.
enum PayloadProof {
    /// By the checksum in the head of its frame, compared before anybody is told. Heads, and the
    /// payload of other frames, have theirs always.
    case checksum
    /// By every byte, compared with what the seed says once the clock has stopped: on the bare engine,
    /// whose payload nobody uses before, as the programs beside which it is measured do. The checksum
    /// is that of no bytes.
    case comparison

    /// What of a frame's payload its checksum is made of.
    func covered(
        _ payload: UnsafeRawBufferPointer,
        of kind: FrameKind
    ) -> UnsafeRawBufferPointer {
        switch (self, kind) {
        case (.comparison, .chunk): UnsafeRawBufferPointer(start: nil, count: 0)
        case (.comparison, .counts), (.comparison, .request), (.checksum, _): payload
        }
    }
}
