import ClusterModel
import Testing

@testable import Exchange

private func outgoing(_ supply: StreamSupply) -> OutgoingStream {
    let run = MessageRun(origin: Rank(0), final: Rank(2), offset: 0, bytes: 100)
    return OutgoingStream(peer: Rank(2), slot: 0, run: run, supply: supply, opensMessage: true)
}

private func at(_ picoseconds: Int64) -> Instant { Instant(picoseconds: picoseconds) }

@Suite struct `What a rank passes on` {
    private let own = outgoing(.own)
    private let fourth = outgoing(.relayed(round: 0, stream: 4))
    private let fifth = outgoing(.relayed(round: 0, stream: 5))
    /// Of the round before the one that sends it.
    private let earlier = outgoing(.relayed(round: 0, stream: 6))

    /// A gate, a round that passes on streams 4 and 5 of its own, and a round that passes on
    /// stream 6 of that one.
    private func table() -> RelayTable {
        RelayTable(
            RankProgram([
                RankProgram.Stage(StageRole(.gate), after: [], .wait(.zero)),
                RankProgram.Stage(
                    StageRole(.dispatch, round: 0, isLastRound: false),
                    after: [0],
                    .exchange(RankExchange(sends: [own, fourth, fifth]))
                ),
                RankProgram.Stage(
                    StageRole(.dispatch, round: 1),
                    after: [1],
                    .exchange(RankExchange(sends: [earlier]))
                ),
            ])
        )
    }

    @Test func `is nothing where all is its own or came in a round before`() {
        let role = StageRole(.dispatch, round: 1)
        let exchange = RankExchange(sends: [own, earlier])
        let program = RankProgram([RankProgram.Stage(role, after: [], .exchange(exchange))])
        #expect(!RelayTable(program).isActive)
        #expect(table().isActive)
    }

    @Test func `waits for streams of its own stage only`() {
        let table = table()
        #expect(table.feeds(fourth, in: 1))
        #expect(table.feeds(fifth, in: 1))
        #expect(!table.feeds(own, in: 1))
        #expect(!table.feeds(fourth, in: 2))
        #expect(!table.feeds(earlier, in: 2))
    }

    @Test func `wakes the flows of its stream, wherever they leave`() {
        var table = table()
        #expect(table.join(fourth, stage: 1, port: 3, flow: 7).isEmpty)
        #expect(table.join(fourth, stage: 1, port: 0, flow: 8).isEmpty)
        #expect(table.join(fifth, stage: 1, port: 3, flow: 9).isEmpty)
        let woken = table.came(stage: 1, stream: 4, at: at(10))
        #expect(woken.map(\.port) == [3, 0])
        #expect(woken.map(\.flow) == [7, 8])
        #expect(table.came(stage: 1, stream: 5, at: at(11)).map(\.flow) == [9])
        #expect(table.came(stage: 1, stream: 6, at: at(12)).isEmpty)
        #expect(table.came(stage: 2, stream: 4, at: at(13)).isEmpty)
    }

    @Test func `is told what came before it could begin`() {
        var table = table()
        #expect(table.came(stage: 1, stream: 4, at: at(10)).isEmpty)
        #expect(table.came(stage: 1, stream: 4, at: at(25)).isEmpty)
        #expect(table.join(fourth, stage: 1, port: 0, flow: 2) == [at(10), at(25)])
        #expect(table.join(fifth, stage: 1, port: 0, flow: 3).isEmpty)
        #expect(table.join(own, stage: 1, port: 0, flow: 4).isEmpty)
        #expect(table.came(stage: 1, stream: 4, at: at(30)).map(\.flow) == [2])
    }
}
