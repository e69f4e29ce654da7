// The coordinator's view of its workers: who has done what the present phase asks of everybody,
// and until when the rest may take. Owns no socket, process or clock.

import ClusterModel

/// Who has done what in the present phase.
public struct CoordinatorMachine: Sendable {
    enum Phase: Sendable, Equatable {
        /// Workers were started and connect.
        case joining
        /// They have the plan and connect to each other.
        case meshing
        /// Survivors drop the step; who was lost is started again and connects.
        case abandoning(serial: Int)
        /// Nothing is asked of anybody.
        case idle
        /// They route, pack and announce counts.
        case preparing(serial: Int)
        /// They have their programs and make room for what they relay.
        case loading(serial: Int)
        /// The step is appointed or under way.
        case running(serial: Int)
        /// The clock has stopped; they compare every byte.
        case checking(serial: Int)
        /// They were told to stop.
        case leaving
        /// Over, one way or the other.
        case ended
    }

    public let bounds: CoordinatorBounds
    /// Who belongs to the cluster: all but those that were excluded.
    public private(set) var members: Set<Rank>
    /// Members whose processes have not joined yet.
    public private(set) var unjoined: Set<Rank>
    /// Answers about steps up to this serial come too late to matter.
    public private(set) var abandonedUpTo = -1
    var phase = Phase.joining
    private(set) var awaited: Set<Rank>
    private var since: Int64
    private var deadline: Int64
    private var lastHeard: [Int64]
    private var waits = WaitBoard()
    /// Set while nobody seems to move, until all have said what they wait for.
    private var question: Question?
    /// How often chunks may be asked for again; `nil`: never.
    private let resends: ResendLimits?
    /// The waits for which peers were asked last, and how often they were.
    private var asked: (waits: [Wait], times: Int) = ([], 0)
    /// Members that have taken the plan.
    private var planned: Set<Rank> = []
    /// When the launch ended or a worker joined last: a busy host brings them up one by one.
    private var lastArrival: Int64
    private var work: Int64 = 0

    /// Whose answers to which ping are to be judged.
    private struct Question: Sendable {
        let ping: Int
        let mayAsk: Bool
        var unanswered: Set<Rank>
    }

    /// With `resends` a step that stands still has its missing chunks asked for before it is given up.
    public init(
        world: Int,
        bounds: CoordinatorBounds,
        resends: ResendLimits? = nil,
        at now: Int64
    ) {
        self.bounds = bounds
        self.resends = resends
        members = Set((0..<world).map(Rank.init))
        unjoined = members
        awaited = members
        since = now
        deadline = now + bounds.join
        lastArrival = now
        lastHeard = Array(repeating: now, count: world)
    }

    /// What the cluster is doing, for messages.
    public var phaseName: String {
        switch phase {
        case .joining: "joining"
        case .meshing: "connecting to its peers"
        case .abandoning(let serial): "abandoning exchange \(serial)"
        case .idle: "idle"
        case .preparing(let serial): "preparing exchange \(serial)"
        case .loading(let serial): "loading the program of exchange \(serial)"
        case .running(let serial): "running exchange \(serial)"
        case .checking(let serial): "checking exchange \(serial)"
        case .leaving: "stopping"
        case .ended: "gone"
        }
    }

    /// Whether ranks are still playing this step.
    public func isPlaying(serial: Int) -> Bool {
        phase == .running(serial: serial) && !awaited.isEmpty
    }

    /// Whether a connection may still claim this rank.
    public func mayJoin(_ rank: Rank) -> Bool {
        isGathering && unjoined.contains(rank)
    }

    /// Whether processes may still come.
    private var isGathering: Bool {
        if case .abandoning = phase { true } else { phase == .joining }
    }

    /// Every worker's process was started; from here on their silence counts.
    public mutating func launched(at now: Int64) { lastArrival = max(lastArrival, now) }

    public mutating func joined(_ rank: Rank, at now: Int64) -> CoordinatorAction {
        guard mayJoin(rank) else { return .fail(.protocolViolation(rank, "a second Hello")) }
        lastArrival = now
        unjoined.remove(rank)
        guard phase == .joining else {
            heard(from: rank, at: now)
            return mendIfGathered(at: now)
        }
        return tick(off: rank, at: now) { machine in
            machine.enter(.meshing, bound: machine.bounds.mesh, at: now)
            return .sendPlan
        }
    }

    /// A step is given up, and everything up to its serial with it; between steps there is none,
    /// and the cluster changes all the same.
    ///
    /// `lost` are started again and must join, `excluded` belong to the cluster no more, who is not
    /// among them does; all others must answer that they have dropped the step.
    public mutating func abandon(
        serial: Int,
        lost: Set<Rank>,
        excluded: Set<Rank>,
        at now: Int64
    ) -> CoordinatorAction {
        abandonedUpTo = serial
        members = Set(lastHeard.indices.map(Rank.init)).subtracting(excluded)
        unjoined = unjoined.union(lost).subtracting(excluded)
        planned.subtract(lost.union(excluded))
        for rank in lastHeard.indices { lastHeard[rank] = max(lastHeard[rank], now) }
        lastArrival = now
        enter(.abandoning(serial: serial), bound: bounds.join, at: now)
        awaited.subtract(unjoined)
        return mendIfGathered(at: now)
    }

    /// A worker has dropped the step.
    public mutating func abandoned(_ rank: Rank, serial: Int, at now: Int64) -> CoordinatorAction {
        heard(from: rank, at: now)
        guard phase == .abandoning(serial: serial) else { return .wait }
        awaited.remove(rank)
        return mendIfGathered(at: now)
    }

    /// Everybody is there and nobody plays.
    private mutating func mendIfGathered(at now: Int64) -> CoordinatorAction {
        guard awaited.isEmpty, unjoined.isEmpty else { return .wait }
        enter(.meshing, bound: bounds.mesh, at: now)
        return .mend
    }

    public mutating func meshReady(_ rank: Rank, at now: Int64) -> CoordinatorAction {
        planned.insert(rank)
        // Said before it heard that the step is given up.
        if case .abandoning = phase { return .wait }
        guard phase == .meshing else { return violation(rank, "MeshReady") }
        return tick(off: rank, at: now) { machine in
            machine.phase = .idle
            return .meshReady
        }
    }

    /// Asks every rank to prepare a step.
    ///
    /// `work` is how long a worker may be too busy with the step's bytes to answer a ping: it
    /// lengthens the bounds of silence, of preparing and of checking.
    public mutating func prepare(serial: Int, work: Int64 = 0, at now: Int64) {
        invariant(phase == .idle, "prepare while \(phaseName)")
        // Nobody listened between steps: silence counts from here.
        for rank in lastHeard.indices { lastHeard[rank] = max(lastHeard[rank], now) }
        self.work = work
        enter(.preparing(serial: serial), bound: bounds.prepare + work, at: now)
    }

    public mutating func prepared(_ rank: Rank, serial: Int, at now: Int64) -> CoordinatorAction {
        guard serial > abandonedUpTo else { return .wait }
        guard phase == .preparing(serial: serial) else { return violation(rank, "Prepared") }
        return tick(off: rank, at: now) { machine in
            machine.phase = .idle
            return .compile(serial: serial)
        }
    }

    /// Programs were sent; making them may have taken a while, in which nobody listened.
    public mutating func loading(serial: Int, at now: Int64) {
        invariant(phase == .idle, "loading while \(phaseName)")
        for rank in lastHeard.indices { lastHeard[rank] = max(lastHeard[rank], now) }
        enter(.loading(serial: serial), bound: bounds.prepare + work, at: now)
    }

    public mutating func ready(_ rank: Rank, serial: Int, at now: Int64) -> CoordinatorAction {
        guard serial > abandonedUpTo else { return .wait }
        guard phase == .loading(serial: serial) else { return violation(rank, "Ready") }
        return tick(off: rank, at: now) { _ in .appoint(serial: serial) }
    }

    /// The step was appointed; it must have ended everywhere within `bound`.
    public mutating func appointed(serial: Int, bound: Int64, at now: Int64) {
        enter(.running(serial: serial), bound: bound, at: now)
    }

    public mutating func finished(_ rank: Rank, serial: Int, at now: Int64) -> CoordinatorAction {
        guard serial > abandonedUpTo else { return .wait }
        guard phase == .running(serial: serial) else { return violation(rank, "Finished") }
        return tick(off: rank, at: now) { machine in
            let bound = machine.bounds.prepare + machine.work
            machine.enter(.checking(serial: serial), bound: bound, at: now)
            return .check(serial: serial)
        }
    }

    public mutating func stepDone(_ rank: Rank, serial: Int, at now: Int64) -> CoordinatorAction {
        guard serial > abandonedUpTo else { return .wait }
        guard phase == .checking(serial: serial) else { return violation(rank, "StepDone") }
        return tick(off: rank, at: now) { machine in
            machine.phase = .idle
            return .stepDone(serial: serial)
        }
    }

    /// Tells every worker that is there to stop.
    public mutating func leave(running: Set<Rank>, at now: Int64) -> CoordinatorAction {
        guard phase != .leaving, phase != .ended else { return .wait }
        enter(.leaving, bound: bounds.leave, at: now)
        awaited = running
        return awaited.isEmpty ? end() : .wait
    }

    /// A worker's process ended.
    public mutating func exited(_ rank: Rank, how: String, at now: Int64) -> CoordinatorAction {
        switch phase {
        case .leaving:
            awaited.remove(rank)
            return awaited.isEmpty ? end() : .wait
        case .ended:
            return .wait
        case .joining, .meshing, .abandoning, .idle, .preparing, .loading, .running, .checking:
            return .fail(.workerEnded(rank, how: how, phase: phaseName))
        }
    }

    /// Whether a rank was told to give its step up and has not said yet that it did.
    public func hasToAbandon(_ rank: Rank) -> Bool {
        if case .abandoning = phase { awaited.contains(rank) } else { false }
    }

    /// A worker's connection to a peer is gone, or brought what was not sent.
    ///
    /// It is no news if one of the two is being started again, or if the worker has not let go yet
    /// of connections that it was told to drop.
    public func linkDown(_ rank: Rank, peer: Rank, isCorrupt: Bool, _ reason: String)
        -> CoordinatorAction
    {
        guard members.contains(peer), !unjoined.contains(peer), !hasToAbandon(rank) else {
            return .wait
        }
        return .fail(.linkDown(rank, peer: peer, isCorrupt: isCorrupt, reason))
    }

    /// A worker says what is wrong with itself.
    ///
    /// Before it has taken the plan this is a refusal of the plan: who has the same plan and the same
    /// files says the same again, however often it is asked.
    public func reported(_ rank: Rank, _ reason: String) -> CoordinatorAction {
        guard !hasToAbandon(rank) else { return .wait }
        return .fail(planned.contains(rank) ? .reported(rank, reason) : .planRefused(rank, reason))
    }

    /// Anything a worker says shows that it lives.
    public mutating func heard(from rank: Rank, at now: Int64) { lastHeard[rank.index] = now }

    /// The answer to the ping of this number says what it waits for, too.
    ///
    /// The last answer to what ``standsStill(serial:ping:mayAsk:at:)`` had asked gives the judgement. What
    /// was said before the question is not judged by: its bytes may have come since.
    public mutating func heard(from rank: Rank, waiting: Waiting, ping: Int, at now: Int64)
        -> CoordinatorAction
    {
        heard(from: rank, at: now)
        waits.heard(waiting, from: rank)
        guard let asked = question?.ping, ping >= asked else { return .wait }
        question?.unanswered.remove(rank)
        return judgeIfAnswered(at: now)
    }

    /// Nothing is under way and nobody will go on by itself, as far as the ranks' counts say.
    ///
    /// All are asked what they wait for, and that is judged once they have answered. Who does not
    /// answer is silent, which has a bound of its own.
    ///
    /// `mayAsk`: everything that was sent was read, so that peers can still be asked for what is
    /// missing; that is done before anybody is blamed, as often as a chunk may be asked for.
    public mutating func standsStill(
        serial: Int,
        ping: Int,
        mayAsk: Bool = true,
        at now: Int64
    ) -> CoordinatorAction {
        guard isPlaying(serial: serial), question == nil else { return .wait }
        waits.clear()
        question = Question(ping: ping, mayAsk: mayAsk, unanswered: awaited)
        return .ask(ping: ping)
    }

    /// A rank has gone on that all had agreed would not, and said so: something was under way after
    /// all.
    ///
    /// The question falls. What was answered before and after that would be of different moments;
    /// whoever stands still then is found to do so anew.
    public mutating func moved(serial: Int) {
        if phase == .running(serial: serial) { question = nil }
    }

    /// Where nobody that has something to do waits for anybody there is no stall to judge: whatever
    /// holds them up ends by itself, or at the phase's bound.
    private mutating func judgeIfAnswered(at now: Int64) -> CoordinatorAction {
        guard let answered = question, answered.unanswered.isEmpty else { return .wait }
        question = nil
        let failure = lateness(at: now, with: ", with nothing under way any more,")
        guard case .stalled(_, _, let waits) = failure else { return .wait }
        guard answered.mayAsk, let resends, let stage = self.waits.firstStage(of: awaited) else {
            return .fail(failure)
        }
        asked = (waits, asked.waits == waits ? asked.times + 1 : 1)
        return asked.times > resends.chunk ? .fail(failure) : .askForMissing(upTo: stage)
    }

    /// The coordinator itself was stopped or busy for so long: no wait is charged with that.
    public mutating func wasAway(for nanoseconds: Int64) {
        for index in lastHeard.indices { lastHeard[index] += nanoseconds }
        lastArrival += nanoseconds
        deadline += nanoseconds
    }

    /// Looks at the bounds.
    public mutating func tick(at now: Int64) -> CoordinatorAction {
        switch phase {
        case .idle, .ended:
            return .wait
        case .leaving:
            return now >= deadline ? end() : .wait
        case .joining, .meshing, .abandoning, .preparing, .loading, .running, .checking:
            if let silent = silentRank(at: now) {
                let milliseconds = Int((now - lastHeard[silent.index]) / 1_000_000)
                return .fail(.silent(silent, milliseconds: milliseconds, phase: phaseName))
            }
            guard now >= deadline || hasStalled(at: now) else { return .wait }
            return .fail(lateness(at: now))
        }
    }

    // MARK: Inside

    /// Whom a bound that has passed is put down to: waits that no other explains, or else those
    /// that have not done their part and wait for nobody.
    private func lateness(at now: Int64, with circumstance: String = "") -> RunFailure {
        let milliseconds = Int((now - since) / 1_000_000)
        let late = awaited.union(isGathering ? unjoined : [])
        let first = isGathering ? [] : waits.first(of: late, among: members)
        return first.isEmpty
            ? .timedOut(phase: phaseName, milliseconds: milliseconds, missing: late.sorted())
            : .stalled(
                phase: phaseName + circumstance,
                milliseconds: milliseconds,
                waits: first
            )
    }

    /// Who has joined and answers no ping.
    private func silentRank(at now: Int64) -> Rank? {
        let bound = silenceMax
        return members.filter {
            !unjoined.contains($0) && now - lastHeard[$0.index] >= bound
        }.min()
    }

    /// Who opens files or makes connections may take longer than who plays.
    private var silenceMax: Int64 {
        switch phase {
        case .joining, .meshing, .leaving, .ended, .idle: bounds.silence + work
        case .abandoning, .preparing, .loading, .running, .checking: bounds.stepSilence + work
        }
    }

    /// Nobody has joined for as long as a worker may be silent: those missing hang.
    private func hasStalled(at now: Int64) -> Bool {
        isGathering && !unjoined.isEmpty && now - lastArrival >= bounds.silence
    }

    private mutating func enter(_ phase: Phase, bound: Int64, at now: Int64) {
        self.phase = phase
        awaited = members
        waits.clear()
        question = nil
        asked = ([], 0)
        since = now
        deadline = now + bound
    }

    private mutating func tick(
        off rank: Rank,
        at now: Int64,
        whenAll: (inout Self) -> CoordinatorAction
    ) -> CoordinatorAction {
        heard(from: rank, at: now)
        // Somebody has moved: whoever stands still now has to be asked anew.
        question = nil
        guard awaited.remove(rank) != nil else {
            return .fail(.protocolViolation(rank, "the same answer twice while \(phaseName)"))
        }
        return awaited.isEmpty ? whenAll(&self) : .wait
    }

    private func violation(_ rank: Rank, _ what: String) -> CoordinatorAction {
        .fail(.protocolViolation(rank, "\(what) while \(phaseName)"))
    }

    private mutating func end() -> CoordinatorAction {
        phase = .ended
        return .allGone
    }
}
