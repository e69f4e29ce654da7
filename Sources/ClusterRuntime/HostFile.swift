import Glibc

/// Small files of /proc.
public enum HostFile {
    /// The file's text, empty if it cannot be read.
    public static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let got = read(file, &buffer, buffer.count)
            guard got > 0 else { break }
            bytes += buffer[..<got]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// How busy the host's cores have been, from /proc/stat.
struct CPUTimes {
    private let busy: Int
    private let total: Int

    /// As of now.
    static var now: CPUTimes {
        let line = HostFile.text("/proc/stat").split(separator: "\n").first ?? ""
        let ticks = line.split(separator: " ").dropFirst().prefix(8).map { Int($0) ?? 0 }
        guard ticks.count == 8 else { return CPUTimes(busy: 0, total: 0) }
        let total = ticks.reduce(0, +)
        // The fourth and fifth count idling.
        return CPUTimes(busy: total - ticks[3] - ticks[4], total: total)
    }

    /// Busy share since `earlier`, 0 to 1.
    func busyShare(since earlier: CPUTimes) -> Double {
        let elapsed = total - earlier.total
        return elapsed > 0 ? Double(busy - earlier.busy) / Double(elapsed) : 0
    }
}
