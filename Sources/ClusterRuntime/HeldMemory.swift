// Shared memory that this process still holds, as the kernel tells it.

import Glibc

/// Memory files of moecluster that are held by a descriptor or by a mapping.
enum HeldMemory {
    /// As the kernel shows a file of `MemoryFile.open`.
    private static let mark = "/memfd:moecluster"

    /// Inodes of those that this process holds; a file held twice is one.
    static func inodes() -> Set<UInt> { ofDescriptors().union(ofMappings()) }

    private static func ofDescriptors() -> Set<UInt> {
        guard let folder = opendir("/proc/self/fd") else { return [] }
        defer { closedir(folder) }
        var inodes: Set<UInt> = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            guard let descriptor = Int32(name), target(of: name).hasPrefix(mark),
                fstat(descriptor, &status) == 0
            else { continue }
            inodes.insert(UInt(status.st_ino))
        }
        return inodes
    }

    private static func target(of name: String) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink("/proc/self/fd/\(name)", &buffer, buffer.count)
        let bytes = buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A line of maps is: addresses, rights, offset, device, inode, path.
    private static func ofMappings() -> Set<UInt> {
        let lines = HostFile.text("/proc/self/maps").split(separator: "\n")
        return Set(
            lines.compactMap { line in
                let words = line.split(separator: " ", maxSplits: 5)
                guard words.count == 6, words[5].drop(while: { $0 == " " }).hasPrefix(mark) else {
                    return nil
                }
                return UInt(words[4])
            }
        )
    }
}
