// One question to a standing cluster: connect, a line out, a line in, all within a bound.

import Glibc
import ResultFiles
import Standing

/// Why there is no answer.
enum StandingCallProblem: Error {
    /// Nobody listens, with the reason of the system.
    case nobody(String)
    /// Somebody does, and did not answer as expected.
    case broken(String)
}

/// Asks the cluster of a folder.
struct StandingCall {
    let place: StandingPlace
    /// Seconds from connecting to the whole answer: a coordinator that writes its results is busy
    /// for a while.
    static let patience = 20.0

    func ask(_ request: StandingRequest) throws(StandingCallProblem) -> StandingReply {
        guard let connection = place.connect() else {
            throw .nobody(String(cString: strerror(errno)))
        }
        defer { close(connection) }
        let deadline = ChildRun.seconds + Self.patience
        try send(Array(request.line.utf8), to: connection, deadline)
        let line = try receive(from: connection, deadline)
        switch JSONText.decode(StandingReply.self, from: String(decoding: line, as: UTF8.self)) {
        case .success(let reply): return reply
        case .failure(let mismatch): throw .broken("\(mismatch.seen), expected a reply as JSON")
        }
    }

    private func send(
        _ bytes: [UInt8],
        to connection: Int32,
        _ deadline: Double
    ) throws(StandingCallProblem) {
        var sent = 0
        while sent < bytes.count {
            try wait(for: POLLOUT, on: connection, deadline)
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                if count < 0, errno == EAGAIN || errno == EINTR { continue }
                throw .broken("sending: \(String(cString: strerror(errno)))")
            }
            sent += count
        }
    }

    private func receive(
        from connection: Int32,
        _ deadline: Double
    ) throws(StandingCallProblem) -> [UInt8] {
        var reader = LineReader(limit: StandingReply.bytesMax)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            try wait(for: POLLIN, on: connection, deadline)
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else {
                if count < 0, errno == EAGAIN || errno == EINTR { continue }
                throw .broken("the connection ended before the answer did")
            }
            switch reader.take(buffer[..<count]) {
            case .incomplete: continue
            case .line(let line): return line
            case .tooLong: throw .broken("an answer of more than \(StandingReply.bytesMax) bytes")
            }
        }
    }

    private func wait(
        for event: Int32,
        on connection: Int32,
        _ deadline: Double
    ) throws(StandingCallProblem) {
        while true {
            let left = deadline - ChildRun.seconds
            guard left > 0 else {
                throw .broken("no answer within \(Int(Self.patience)) s")
            }
            var item = pollfd(fd: connection, events: Int16(event), revents: 0)
            let count = poll(&item, 1, Int32(left * 1000) + 1)
            if count > 0 { return }
            guard count == 0 || errno == EINTR else {
                throw .broken("poll: \(String(cString: strerror(errno)))")
            }
        }
    }
}
