import ClusterModel
import Exchange
import Links

/// Programs of one rank that have a shape a worker takes, filled from a seed.
public enum Programs {
    /// A gate, an exchange in two rounds of which the second passes on what came in the first,
    /// experts, and a way back.
    public static func any(_ random: inout SeededRandom) -> RankProgram {
        let first = exchange(&random, relaying: 0, of: [])
        let second = exchange(&random, relaying: 1, of: first.receives)
        var program = RankProgram([
            wait(.gate, after: [], &random),
            RankProgram.Stage(
                StageRole(.dispatch, part: 3, round: 0, isLastRound: false),
                after: [0],
                .exchange(first)
            ),
            RankProgram.Stage(
                StageRole(.dispatch, part: 3, round: 1),
                after: [1],
                .exchange(second)
            ),
            wait(.expert, after: [2, 0], &random),
            RankProgram.Stage(
                StageRole(.combine, isShared: random.next(below: 2) == 1),
                after: [3],
                .exchange(exchange(&random, relaying: 0, of: []))
            ),
        ])
        program.impairments = effects(&random).map { effect in
            LinkImpairment(
                strike: random.next(below: 100),
                peer: Rank(random.next(below: 4_096)),
                stages: 0..<random.next(below: 10),
                from: Instant(picoseconds: Int64(random.next(below: 1 << 40))),
                length: random.next(below: 2) == 0
                    ? nil : Interval(picoseconds: 1 + Int64(random.next(below: 1 << 40))),
                effect: effect,
                seed: random.next()
            )
        }
        program.alarms = [
            ProgramAlarm(strike: 3, point: .stage(random.next(below: 100))),
            ProgramAlarm(
                strike: 4,
                point: .instant(Instant(picoseconds: Int64(random.next(below: 1 << 40))))
            ),
        ]
        program.watched = [Rank(random.next(below: 4_096))]
        return program
    }

    /// One of each kind.
    private static func effects(_ random: inout SeededRandom) -> [LinkEffect] {
        let time = Interval(picoseconds: Int64(2 + random.next(below: 1 << 40)))
        let ratio = Ratio(random.next(below: 8), 8) ?? .one
        return [
            .rate(factor: 0.25), .delay(added: time, jitter: time), .down, .flap(period: time),
            .loss(ratio, delay: time), .touch(.doubled, ratio), .touch(.overtaken, ratio),
            .touch(.corrupt, ratio), .touch(.truncated, ratio),
            .touch(.followedByStale(age: 1 + random.next(below: 1000)), ratio),
        ]
    }

    private static func wait(
        _ kind: StageKind,
        after: [Int],
        _ random: inout SeededRandom
    ) -> RankProgram.Stage {
        let length = Interval(picoseconds: Int64(random.next(below: 1 << 48)))
        return RankProgram.Stage(StageRole(kind), after: after, .wait(length))
    }

    /// Streams from and to peers; in a later round each of `feeds` is passed on.
    private static func exchange(
        _ random: inout SeededRandom,
        relaying round: Int,
        of feeds: [IncomingStream]
    ) -> RankExchange {
        var exchange = RankExchange(end: ExchangeEnd.allCases[random.next(below: 3)])
        for _ in 0..<random.next(below: 6) {
            exchange.receives.append(
                IncomingStream(peer: Rank(random.next(below: 4_096)), run: run(&random))
            )
        }
        for _ in 0..<random.next(below: 6) {
            exchange.sends.append(outgoing(run(&random), .own, &random))
        }
        for (stream, feed) in feeds.enumerated() {
            let supply = StreamSupply.relayed(round: Int32(round - 1), stream: Int32(stream))
            exchange.sends.append(outgoing(feed.run, supply, &random))
        }
        return exchange
    }

    private static func outgoing(
        _ run: MessageRun,
        _ supply: StreamSupply,
        _ random: inout SeededRandom
    ) -> OutgoingStream {
        OutgoingStream(
            peer: Rank(random.next(below: 4_096)),
            slot: random.next(below: 1 << 30),
            run: run,
            supply: supply,
            opensMessage: random.next(below: 2) == 0
        )
    }

    private static func run(_ random: inout SeededRandom) -> MessageRun {
        MessageRun(
            origin: Rank(random.next(below: 4_096)),
            final: Rank(random.next(below: 4_096)),
            offset: random.next(below: 1 << 44),
            bytes: 1 + random.next(below: 1 << 44),
            quantum: random.next(below: 2) * random.next(below: 1 << 28)
        )
    }
}
