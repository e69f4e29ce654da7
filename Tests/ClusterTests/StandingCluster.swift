import Foundation
import Glibc

/// A cluster that `up` has started, and the verbs that are about it.
final class StandingCluster {
    /// What a verb said, and how it ended.
    struct Call {
        var code: Int32
        var output: String
        var errors: String

        /// Its output as JSON.
        var object: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:]
        }
    }

    /// `up` itself, which has ended when `init` returns.
    let up: ProgramRun
    let upCode: Int32
    /// As `up --json` told it.
    let first: [String: Any]

    init(_ more: [String] = []) throws {
        let pace = ["--steps", "100000", "--every", "20ms", "--for", "5min", "--json"]
        up = try ProgramRun("up", ProgramRun.small + pace + more)
        upCode = up.end()
        let told = Data(up.standardOutput.utf8)
        first = (try? JSONSerialization.jsonObject(with: told)) as? [String: Any] ?? [:]
    }

    deinit {
        let isHeld = WorkerProcesses.alive(among: [coordinator]).contains(coordinator)
        if coordinator > 0, isHeld { kill(coordinator, SIGKILL) }
    }

    var coordinator: Int32 { Int32(first["coordinator"] as? Int ?? 0) }
    var folder: String { first["folder"] as? String ?? "" }

    /// Workers' processes by rank, as the status tells them.
    var workers: [Int32] { Self.ranks(status).map { Int32($0["process"] as? Int ?? 0) } }

    static func ranks(_ status: [String: Any]) -> [[String: Any]] {
        status["ranks"] as? [[String: Any]] ?? []
    }

    var status: [String: Any] { call("status", ["--json"]).object }

    /// Runs a verb on the cluster's folder to its end.
    func call(_ verb: String, _ arguments: [String] = []) -> Call {
        let process = Process()
        process.executableURL = ProgramRun.builtFolder.appendingPathComponent("moecluster")
        process.arguments = [verb, folder] + arguments
        let base = up.folder.appendingPathComponent("\(UInt64.random(in: 0...(.max)))")
        let (out, err) = (base.appendingPathExtension("out"), base.appendingPathExtension("err"))
        do {
            try Data().write(to: out)
            try Data().write(to: err)
            process.standardOutput = try FileHandle(forWritingTo: out)
            process.standardError = try FileHandle(forWritingTo: err)
            try process.run()
        } catch {
            return Call(code: -1, output: "", errors: "\(error)")
        }
        guard ProgramRun.poll(within: 300, { !process.isRunning }) else {
            process.terminate()
            return Call(code: -1, output: "", errors: "\(verb) has not ended")
        }
        let text = { (url: URL) in (try? String(contentsOf: url, encoding: .utf8)) ?? "" }
        return Call(code: process.terminationStatus, output: text(out), errors: text(err))
    }

    /// Sends bytes to the socket; what comes back within five seconds, `nil` if nobody is there.
    func send(_ bytes: [UInt8]) -> String? { Self.send(bytes, to: folder) }

    static func send(_ bytes: [UInt8], to folder: String) -> String? {
        guard let connection = connect(to: folder) else { return nil }
        defer { close(connection) }
        var bound = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(
            connection,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &bound,
            socklen_t(MemoryLayout<timeval>.size)
        )
        _ = bytes.withUnsafeBytes {
            Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(connection, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    /// A connection to the socket of a folder; `nil` if nobody listens.
    static func connect(to folder: String) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = "\(folder)/standing/socket"
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(connection, $0, length)
            }
        }
        guard result != 0 else { return connection }
        close(connection)
        return nil
    }
}
