import ClusterModel

/// A stream that was planned: who receives it, and as which.
struct PlannedStream {
    let round: Int
    let stream: Int
}

/// Puts a schedule together, hop by hop.
struct ScheduleBuilder {
    private var rounds: [[RankExchange]]

    /// `ends` says when each round is over for a rank.
    init(world: Int, ends: [ExchangeEnd]) {
        rounds = ends.map { Array(repeating: RankExchange(end: $0), count: world) }
    }

    /// Plans a hop; `feed` is the stream that brought the bytes to `from`, `nil` at their origin.
    @discardableResult
    mutating func send(
        _ run: MessageRun,
        from: Rank,
        to: Rank,
        round: Int = 0,
        feed: PlannedStream? = nil,
        opensMessage: Bool = true
    ) -> PlannedStream {
        let slot = rounds[round][to.index].receives.count
        rounds[round][to.index].receives.append(IncomingStream(peer: from, run: run))
        rounds[round][from.index].sends.append(
            OutgoingStream(
                peer: to,
                slot: slot,
                run: run,
                supply: feed.map {
                    .relayed(round: Int32($0.round), stream: Int32($0.stream))
                } ?? .own,
                opensMessage: opensMessage
            )
        )
        return PlannedStream(round: round, stream: slot)
    }

    /// Keeps memory from growing by doubling where the number of streams is known.
    mutating func reserve(streams: Int, round: Int = 0) {
        for rank in rounds[round].indices {
            rounds[round][rank].sends.reserveCapacity(streams)
            rounds[round][rank].receives.reserveCapacity(streams)
        }
    }

    var schedule: ExchangeSchedule { ExchangeSchedule(rounds: rounds) }
}
