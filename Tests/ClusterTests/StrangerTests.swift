import Foundation
import Glibc
import Testing

/// Connections that are not ours.
@Suite(.serialized, .timeLimit(.minutes(20))) struct StrangerTests {
    /// A connection to a port of this host that has said something.
    private func knock(_ port: UInt16, saying bytes: [UInt8]) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(code == 0)
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        return descriptor
    }

    /// The coordinator's port, which stands on its workers' command lines.
    private func port(of run: ProgramRun) throws -> UInt16 {
        let worker = try #require(WorkerProcesses.of(run).values.first)
        let data = try #require(FileManager.default.contents(atPath: "/proc/\(worker)/cmdline"))
        let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        let at = try #require(words.firstIndex(of: "--coordinator"))
        return try #require(UInt16(words[at + 1].split(separator: ":").last ?? ""))
    }

    @Test func `strangers are refused and counted, and the run goes on`() throws {
        let run = try ProgramRun("run", ProgramRun.small + ["--steps", "40"])
        try #require(run.waitForSteps(1), "\(run.standardError)")
        let port = try port(of: run)
        let words: [[UInt8]] = [
            Array("GET / HTTP/1.1\r\n\r\n".utf8), [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0],
            [100, 0, 0, 0] + Array(repeating: 0xAA, count: 100), [7], [],
        ]
        let strangers = words.map { knock(port, saying: $0) }
        defer { for stranger in strangers { close(stranger) } }
        #expect(run.end() == 0, "\(run.standardError)")
        let refusals = run.results["refusals"] as? [String: Any] ?? [:]
        #expect(refusals["connections"] as? Int == words.count)
        #expect("\(refusals)".contains("2147483647 bytes, at most 256"))
    }
}
