// Where people ask a standing cluster: a socket file, a line in and a line out for each connection.
// Who sends too much, too slowly or does not read is cut off; the cluster does not wait for anybody.

import EventLoop
import Standing

/// Takes requests at a socket file.
final class StandingDoor {
    /// From coming in to having read the answer.
    static let patience: Int64 = 3_000_000_000
    /// At once; the oldest goes when another comes.
    static let visitorsMax = 16

    private var listener: Listener?
    private var visitors: [ObjectIdentifier: StandingVisitor] = [:]
    private let answer: ([UInt8]) -> String
    private(set) var refusals = RefusalLog()

    /// `answer` makes a line of a line, both without their ends.
    ///
    /// - Throws: when there can be no socket at `path`.
    init(on loop: Loop, at path: String, answer: @escaping ([UInt8]) -> String) throws(LoopError) {
        self.answer = answer
        listener = try Listener(on: loop, atPath: path) { [unowned self] in self.enter($0) }
        listener?.onTrouble = { [unowned self] in self.refusals.count("status socket: \($0)") }
    }

    private func enter(_ connection: Connection) {
        if visitors.count >= Self.visitorsMax,
            let oldest = visitors.min(by: { $0.value.deadline < $1.value.deadline })
        {
            refuse(oldest.key, "the oldest of more than \(Self.visitorsMax) at once")
        }
        let visitor = StandingVisitor(
            connection,
            deadline: Loop.hostNanoseconds + Self.patience,
            answer: answer
        )
        let key = ObjectIdentifier(visitor)
        visitor.onEnd = { [unowned self] reason in
            guard let reason else {
                visitors.removeValue(forKey: key)?.close()
                return
            }
            refuse(key, reason)
        }
        visitors[key] = visitor
        do throws(LoopError) {
            try connection.read(into: visitor)
        } catch {
            refuse(key, "\(error)")
        }
    }

    /// Cuts off who takes too long.
    func sweep() {
        let now = Loop.hostNanoseconds
        for (key, visitor) in visitors where visitor.deadline <= now {
            refuse(key, "no request read or no answer taken in \(Self.patience / 1_000_000) ms")
        }
    }

    func close() {
        for visitor in visitors.values { visitor.close() }
        visitors = [:]
        listener?.close()
        listener = nil
    }

    private func refuse(_ key: ObjectIdentifier, _ reason: String) {
        visitors.removeValue(forKey: key)?.close()
        refusals.count("status socket: \(reason)")
    }
}

/// One connection, from its request to its answer.
private final class StandingVisitor: ReceiveTarget {
    let deadline: Int64
    /// It has had its answer, or with a reason none.
    var onEnd: ((String?) -> Void)?
    private let connection: Connection
    private let answer: ([UInt8]) -> String
    private var reader = LineReader(limit: StandingRequest.lineMax)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1024, alignment: 8)
    private var hasAnswered = false

    init(_ connection: Connection, deadline: Int64, answer: @escaping ([UInt8]) -> String) {
        self.connection = connection
        self.deadline = deadline
        self.answer = answer
    }

    deinit { buffer.deallocate() }

    func close() {
        onEnd = nil
        connection.close()
    }

    func nextBuffer() -> UnsafeMutableRawBufferPointer { buffer }

    func received(_ count: Int) {
        guard !hasAnswered else { return }
        switch reader.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) {
        case .incomplete: break
        case .tooLong: end("a line of more than \(StandingRequest.lineMax) bytes")
        case .line(let line): send(answer(line))
        }
    }

    private func send(_ text: String) {
        hasAnswered = true
        connection.onDrained = { [unowned self] in self.end(nil) }
        connection.write(Array(text.utf8) + [UInt8(ascii: "\n")])
        if connection.queuedBytes == 0 { end(nil) }
    }

    func ended(_ error: LoopError) {
        end(hasAnswered ? nil : error.isEndOfStream ? "closed without a request" : "\(error)")
    }

    private func end(_ reason: String?) {
        let notify = onEnd
        onEnd = nil
        notify?(reason)
    }
}
