import ClusterModel
import Testing

@testable import Standing

@Suite struct `A request` {
    private static let all: [StandingRequest] = [
        .status, .fault("kind=kill,npu=3,at=step 5"), .heal(7), .down(now: false), .down(now: true),
    ]

    @Test(arguments: all) func `is read as it was written`(request: StandingRequest) throws {
        var reader = LineReader(limit: StandingRequest.lineMax)
        guard case .line(let line) = reader.take(Array(request.line.utf8)) else {
            Issue.record("\(request.line) is no line")
            return
        }
        #expect(try StandingRequest(line: line) == request)
    }

    @Test(arguments: [
        "", "moecluster/1", "moecluster/2 status", "status", "moecluster/1 status now",
        "moecluster/1 down later", "moecluster/1 heal", "moecluster/1 heal -1",
        "moecluster/1 heal two", "moecluster/1 fault", "moecluster/1 fault \u{7}", "GET / HTTP/1.1",
    ])
    func `of other words is refused`(text: String) {
        #expect(throws: StandingRefusal.self) { try StandingRequest(line: Array(text.utf8)) }
    }

    @Test func `of bytes that are no text is refused`() {
        #expect(throws: StandingRefusal.self) {
            try StandingRequest(line: Array("moecluster/1 fault ".utf8) + [0xFF, 0xFE])
        }
    }
}

@Suite struct `A line` {
    @Test(arguments: 1..<8) func `is put together from pieces`(size: Int) {
        let bytes = Array("a line of text\nand what nobody reads".utf8)
        var reader = LineReader(limit: 14)
        var at = 0
        while at < bytes.count {
            let piece = bytes[at..<min(at + size, bytes.count)]
            at += size
            switch reader.take(piece) {
            case .incomplete: #expect(at <= 14)
            case .line(let line):
                #expect(line == Array("a line of text".utf8))
                return
            case .tooLong: Issue.record("14 bytes are allowed")
            }
        }
        Issue.record("no line")
    }

    @Test func `has a bounded length, however it comes`() {
        var reader = LineReader(limit: 4)
        #expect(reader.take([1, 2, 3]) == .incomplete)
        #expect(reader.take([4, 5]) == .tooLong)
        var whole = LineReader(limit: 4)
        #expect(whole.take([1, 2, 3, 4, 5, 10]) == .tooLong)
        var exact = LineReader(limit: 4)
        #expect(exact.take([1, 2, 3, 4, 10]) == .line([1, 2, 3, 4]))
    }

    @Test(arguments: UInt64(0)..<200) func `of any bytes crashes nobody`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var reader = LineReader(limit: 64)
        for _ in 0..<10 {
            let bytes = (0..<random.next(below: 20)).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
            guard case .line(let line) = reader.take(bytes) else { continue }
            #expect(line.count <= 64)
            _ = try? StandingRequest(line: line)
            return
        }
    }
}
