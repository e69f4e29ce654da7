import ClusterModel
import Testing

@testable import Exchange

/// A gate of 10, then two exchanges, an expert of 100 behind the first, one of 30 behind the
/// second exchange and the first expert, and an exchange behind both.
private func board() -> StageBoard {
    func wait(_ kind: StageKind, _ length: Int64, after: [Int]) -> RankProgram.Stage {
        RankProgram.Stage(
            StageRole(kind),
            after: after,
            .wait(Interval(picoseconds: length))
        )
    }
    func exchange(_ kind: StageKind, after: [Int]) -> RankProgram.Stage {
        RankProgram.Stage(StageRole(kind), after: after, .exchange(RankExchange()))
    }
    return StageBoard(
        RankProgram([
            wait(.gate, 10, after: []),
            exchange(.dispatch, after: [0]),
            exchange(.dispatch, after: [0]),
            wait(.expert, 100, after: [1]),
            wait(.expert, 30, after: [2, 3]),
            exchange(.combine, after: [3, 4]),
        ])
    )
}

private func at(_ picoseconds: Int64) -> Instant { Instant(picoseconds: picoseconds) }

@Suite struct `Stages of a program under way` {
    @Test func `begin when all they come after have ended`() {
        var board = board()
        #expect(board.firsts == [0])
        #expect(board.followers(of: 0) == [1, 2])
        #expect(board.followers(of: 3) == [4, 5])
        #expect((0..<6).filter { board.mayBegin($0) } == [0])
        board.begin(0, at: .zero)
        #expect((0..<6).filter { board.mayBegin($0) } == [])
        board.end(0, at: at(10))
        #expect((0..<6).filter { board.mayBegin($0) } == [1, 2])
        board.begin(1, at: at(10))
        board.begin(2, at: at(10))
        board.end(1, at: at(40))
        board.begin(3, at: at(40))
        board.end(3, at: at(140))
        // Stage 4 waits for stage 2, too.
        #expect((0..<6).filter { board.mayBegin($0) } == [])
        board.end(2, at: at(150))
        #expect((0..<6).filter { board.mayBegin($0) } == [4])
    }

    @Test func `have a start once all before them have ended or are waits that run`() {
        var board = board()
        #expect(board.start(of: 0) == .zero)
        #expect(board.start(of: 1) == nil)
        board.begin(0, at: at(5))
        #expect(board.start(of: 1) == at(15))
        board.end(0, at: at(15))
        board.begin(1, at: at(15))
        #expect(board.start(of: 3) == nil)
        board.end(1, at: at(50))
        #expect(board.start(of: 3) == at(50))
        board.begin(3, at: at(50))
        // Stage 2 has not even begun.
        #expect(board.start(of: 4) == nil)
        for (end, start) in [(70, 150), (170, 170)] as [(Int64, Int64)] {
            var board = board
            board.end(2, at: at(end))
            #expect(board.start(of: 4) == at(start))
        }
    }

    @Test func `run in their order, whichever began first`() {
        var board = board()
        board.begin(2, at: at(10))
        board.begin(3, at: at(10))
        board.begin(1, at: at(12))
        #expect(board.running == [1, 2, 3])
        board.end(2, at: at(20))
        #expect(board.running == [1, 3])
    }

    @Test func `that are waits know their end, exchanges their beginning`() {
        var board = board()
        board.begin(3, at: at(40))
        board.begin(2, at: at(11))
        #expect(board.until(3) == at(140))
        #expect(board.since(3) == nil)
        #expect(board.until(2) == nil)
        #expect(board.since(2) == at(11))
        #expect(board.until(5) == nil)
        #expect(board.since(5) == nil)
    }

    @Test func `cannot begin earlier than what they come after lets them`() {
        var board = board()
        // All that is pending could end at once, but for the modelled durations.
        #expect(board.earliestStarts(at: .zero) == [0, 10, 10, 10, 110, 140].map(at))
        board.begin(0, at: .zero)
        board.end(0, at: at(10))
        board.begin(1, at: at(10))
        board.begin(2, at: at(10))
        // Exchanges could end at any instant from now on.
        #expect(board.earliestStarts(at: at(25)) == [0, 10, 10, 25, 125, 155].map(at))
        board.end(1, at: at(40))
        board.begin(3, at: at(40))
        #expect(board.earliestStarts(at: at(60)) == [0, 10, 10, 40, 140, 170].map(at))
        // A late exchange holds them all up.
        #expect(board.earliestStarts(at: at(200)) == [0, 10, 10, 40, 200, 230].map(at))
    }

    @Test func `are over when each has ended`() {
        var board = board()
        #expect(board.lastEnd == .zero)
        for stage in [0, 1, 2, 3, 5] { board.end(stage, at: at(Int64(100 - stage))) }
        #expect(!board.isOver)
        #expect(board.ends == [100, 99, 98, 97, 95].map(at))
        board.end(4, at: at(96))
        #expect(board.isOver)
        #expect(board.ends == [100, 99, 98, 97, 96, 95].map(at))
        #expect(board.lastEnd == at(100))
    }

    @Test func `out of order stop the process`() async {
        await #expect(processExitsWith: .failure) {
            _ = RankProgram([
                RankProgram.Stage(StageRole(.gate), after: [0], .wait(.zero))
            ])
        }
    }
}
