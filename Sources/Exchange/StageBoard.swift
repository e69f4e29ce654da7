// Which stages of a program wait, run and have ended, and when: the graph without its bytes.

import ClusterModel

/// The stages of one rank's program under way.
struct StageBoard: Sendable {
    private enum State: Sendable, Equatable {
        /// Stages it comes after have not ended.
        case pending
        /// A modelled duration that ends at `until`.
        case waiting(until: Instant)
        /// Bytes travel; it began at `since`.
        case exchanging(since: Instant)
        case ended(at: Instant)
    }

    private let stages: [RankProgram.Stage]
    private let followers: [[Int]]
    private var states: [State]
    /// Stages that run, in their order.
    private(set) var running: [Int] = []
    private var unended: Int

    init(_ program: RankProgram) {
        stages = program.stages
        states = Array(repeating: .pending, count: stages.count)
        unended = stages.count
        var followers = Array(repeating: [Int](), count: stages.count)
        for (index, stage) in stages.enumerated() {
            for before in stage.after { followers[before].append(index) }
        }
        self.followers = followers
    }

    var isOver: Bool { unended == 0 }

    /// When each stage ended; those that have not are left out.
    var ends: [Instant] {
        states.compactMap {
            if case .ended(let end) = $0 { end } else { nil }
        }
    }

    /// The last end so far.
    var lastEnd: Instant { ends.max() ?? .zero }

    func exchange(_ stage: Int) -> RankExchange? { stages[stage].exchange }
    func role(_ stage: Int) -> StageRole { stages[stage].role }

    /// The instant at which a stage can begin, as far as it is known: all it comes after have
    /// ended or are waits that run.
    func start(of stage: Int) -> Instant? {
        var start = Instant.zero
        for before in stages[stage].after {
            switch states[before] {
            case .ended(let end): start = max(start, end)
            case .waiting(let until): start = max(start, until)
            case .pending, .exchanging: return nil
            }
        }
        return start
    }

    /// The instants before which stages cannot begin, whatever comes from now on.
    func earliestStarts(at now: Instant) -> [Instant] {
        var starts = Array(repeating: Instant.zero, count: stages.count)
        var ends = starts
        for (index, stage) in stages.enumerated() {
            starts[index] = stage.after.reduce(.zero) { max($0, ends[$1]) }
            switch states[index] {
            case .ended(let end): ends[index] = end
            case .waiting(let until): ends[index] = until
            case .exchanging(let since): ends[index] = max(since, now)
            case .pending:
                ends[index] = max(starts[index], now)
                if case .wait(let length) = stage.work { ends[index] = ends[index] + length }
            }
        }
        return starts
    }

    /// Stages that come after nothing.
    var firsts: [Int] { stages.indices.filter { stages[$0].after.isEmpty } }

    func followers(of stage: Int) -> [Int] { followers[stage] }

    /// Whether all that a stage comes after have ended.
    func mayBegin(_ stage: Int) -> Bool {
        guard states[stage] == .pending else { return false }
        return stages[stage].after.allSatisfy {
            if case .ended = states[$0] { true } else { false }
        }
    }

    mutating func begin(_ stage: Int, at start: Instant) {
        switch stages[stage].work {
        case .wait(let length): states[stage] = .waiting(until: start + length)
        case .exchange: states[stage] = .exchanging(since: start)
        }
        running.insert(stage, at: running.firstIndex { $0 > stage } ?? running.count)
    }

    mutating func end(_ stage: Int, at instant: Instant) {
        states[stage] = .ended(at: instant)
        running.removeAll { $0 == stage }
        unended -= 1
    }

    /// When a running wait ends, `nil` of an exchange.
    func until(_ stage: Int) -> Instant? {
        if case .waiting(let until) = states[stage] { until } else { nil }
    }

    /// When a running exchange began, `nil` of a wait.
    func since(_ stage: Int) -> Instant? {
        if case .exchanging(let since) = states[stage] { since } else { nil }
    }
}
