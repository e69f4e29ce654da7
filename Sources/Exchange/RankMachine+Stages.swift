// Stages of a rank: when they begin, what they queue, when they have ended.

import ClusterModel
import Links
import Statistics

extension RankMachine {
    /// Begins a stage whose predecessors have ended, and queues what can be foreseen.
    mutating func enter(_ stage: Int, at start: Instant) {
        board.begin(stage, at: start)
        if !alarms.isEmpty { alarms.began(stage, at: start) }
        for port in egress.indices { egress[port].began(stage, at: start) }
        queue(stage, at: start)
        // The end of a wait is known: what comes after it may leave early.
        guard board.until(stage) != nil else { return }
        for follower in board.followers(of: stage) {
            if let ready = board.start(of: follower) { queue(follower, at: ready) }
        }
    }

    /// Ends stages that are over and begins those that follow.
    mutating func progress(at now: Instant, _ actions: inout [RankAction]) {
        var index = 0
        while index < board.running.count {
            let stage = board.running[index]
            guard let (end, late) = end(of: stage, at: now) else {
                index += 1
                continue
            }
            if late > .zero { lateness.record(picoseconds: late.picoseconds) }
            board.end(stage, at: end)
            actions.append(.stageEnded(index: stage, at: end))
            for follower in board.followers(of: stage) where board.mayBegin(follower) {
                enter(follower, at: board.start(of: follower) ?? end)
            }
            if board.isOver { actions.append(.finished(at: board.lastEnd)) }
            // A stage that has begun may be over at once.
            index = 0
        }
    }

    /// When a running stage ended, if it has by `now`, and how far that is behind the model.
    ///
    /// A modelled duration ends at its modelled instant, and so does a round that another one
    /// follows. The last round of an exchange ends when the clock shows that its last chunk is in;
    /// for a rank that gets nothing it ends as it begins, which can be told before the clock shows
    /// it: whoever wakes to say so takes a core from those who wait for bytes.
    private func end(of stage: Int, at now: Instant) -> (at: Instant, late: Interval)? {
        if let until = board.until(stage) { return until <= now ? (until, .zero) : nil }
        guard let exchange = board.exchange(stage),
            let progress = incoming[stage]?.progress(until: exchange.end)
        else { return nil }
        if exchange.receives.isEmpty, alarms.isEmpty,
            exchange.end != .bothWays || sends[stage].isEmpty
        {
            return board.since(stage).map { ($0, .zero) }
        }
        var modelled = max(board.since(stage) ?? .zero, progress.deliverMax)
        if exchange.end == .bothWays {
            guard unsent[stage] == 0 else { return nil }
            modelled = max(modelled, departMax[stage])
        }
        guard progress.undelivered == 0, modelled <= now else { return nil }
        let hasNothingToWaitFor = progress.deliverMax < (board.since(stage) ?? .zero)
        guard board.role(stage).isLastRound, !hasNothingToWaitFor else { return (modelled, .zero) }
        return (now, now - modelled)
    }

    /// When a running stage has something to do by itself.
    func stageWake(_ stage: Int) -> Instant? {
        if let until = board.until(stage) { return until }
        guard let exchange = board.exchange(stage), let since = board.since(stage),
            let wake = incoming[stage]?.progress(until: exchange.end).wake
        else { return nil }
        guard exchange.end == .bothWays else { return max(since, wake) }
        return unsent[stage] == 0 ? max(since, wake, departMax[stage]) : nil
    }

    /// Queues the flows of an exchange, ready at `ready`; once.
    private mutating func queue(_ stage: Int, at ready: Instant) {
        guard !isQueued[stage] else { return }
        isQueued[stage] = true
        // Before any chunk of it is looked at.
        for port in egress.indices { egress[port].began(stage, at: ready) }
        var flows = Array(repeating: [EgressFlow](), count: egress.count)
        var relayed = Array(repeating: [Int](), count: egress.count)
        for (index, stream) in sends[stage].enumerated() {
            let port = ports.route(from: rank, to: stream.peer).egress
            let isRelayed = relays.feeds(stream, in: stage)
            if isRelayed { relayed[port].append(index) }
            flows[port].append(
                EgressFlow(
                    stage: stage,
                    stream: index,
                    peer: stream.peer,
                    bytes: ByteCount(stream.run.bytes),
                    chunk: ByteCount(stream.run.chunk(most: pacing.chunk.value)),
                    opensMessage: stream.opensMessage,
                    isRelayed: isRelayed
                )
            )
        }
        for port in egress.indices where !flows[port].isEmpty {
            comingStages[port].removeAll { $0 == stage }
            let numbers = egress[port].begin(flows[port], at: ready)
            for (number, index) in zip(numbers, relayed[port]) {
                relay(sends[stage][index], stage: stage, port: port, flow: number)
            }
        }
    }

    /// Joins a relayed flow to the stream that feeds it, and gives it what has come already.
    private mutating func relay(_ stream: OutgoingStream, stage: Int, port: Int, flow: Int32) {
        for instant in relays.join(stream, stage: stage, port: port, flow: flow) {
            egress[port].supply(flow, at: instant)
        }
    }
}
