import CISAL

/// The Castagnoli checksum, by Intel's ISA-L.
public enum CRC32C {
    /// The checksum of `bytes`, continuing one of the bytes before them.
    public static func of(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress, unsafe !bytes.isEmpty else { return previous }
        return unsafe ~crc32c(
            base.assumingMemoryBound(to: UInt8.self),
            Int32(bytes.count),
            ~previous
        )
    }
}
