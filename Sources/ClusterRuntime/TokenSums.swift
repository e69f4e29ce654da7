import Wire

/// What came back of each token, summed over its experts.
///
/// The expert's word of the stamp is left out: a copy that experts share has none.
final class TokenSums {
    private let memory: UnsafeMutableRawBufferPointer
    private let tokenBytes: Int

    init(tokens: Int, tokenBytes: Int) {
        self.tokenBytes = tokenBytes
        memory = .allocate(byteCount: tokens * tokenBytes, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { memory.deallocate() }

    func add(_ bytes: UnsafeRawBufferPointer, to token: Int) {
        let range = token * tokenBytes..<(token + 1) * tokenBytes
        let sum = UnsafeMutableRawBufferPointer(rebasing: memory[range])
        TokenPayload.add(bytes, to: sum)
        for index in TokenStamp.expertBytes where index < tokenBytes { sum[index] = 0 }
    }

    var digest: UInt32 { CRC32C.of(UnsafeRawBufferPointer(memory)) }
}
