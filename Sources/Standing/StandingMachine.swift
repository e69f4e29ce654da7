// A standing cluster as a value: when the next step begins, what requests may do to it, and when it
// ends. Owns no socket, process or clock: instants are host nanoseconds and always arguments.

import ClusterModel

/// What is to be done next.
public enum StandingAction: Sendable, Equatable {
    case begin(step: Int)
    /// Nothing before this instant, unless somebody asks.
    case rest(until: Int64)
    case end(StandingEnd)
}

/// Why a cluster stands no more.
public enum StandingEnd: String, Sendable, Equatable {
    case asked = "down"
    case signalled = "a signal"
    case steps = "its last step"
    case time = "the end of its time"
}

/// What follows from a request.
public enum StandingAnswer: Sendable, Equatable {
    case tell
    /// The first step that has not begun is the last argument.
    case fault(String, next: Int)
    case heal(Int, next: Int)
    /// The step under way is the last.
    case leave
    /// The step under way is given up.
    case abort
    case refuse(StandingRefusal)
}

/// Paces a standing cluster.
public struct StandingMachine: Sendable {
    public enum Phase: String, Sendable {
        /// From start to the mesh.
        case launching
        case resting
        case stepping
        /// It was asked to end, or has to.
        case ending
    }

    public let pace: StandingPace
    public private(set) var phase = Phase.launching
    /// The first step that has not begun.
    public private(set) var next = 0
    /// Steps that have ended well.
    public private(set) var done = 0
    /// Why it ends, as soon as that is known.
    public private(set) var end: StandingEnd?
    public private(set) var launchedAt: Int64?
    private var restsUntil: Int64 = 0

    public init(_ pace: StandingPace) { self.pace = pace }

    /// The mesh stands.
    public mutating func launched(at now: Int64) {
        invariant(phase != .stepping && launchedAt == nil, "launched while \(phase)")
        launchedAt = now
        restsUntil = now
        if phase == .launching { phase = .resting }
    }

    /// When its time is over; `nil` before the mesh stands.
    public var endsAt: Int64? { launchedAt.map { $0 + pace.length } }

    /// What comes next, asked between steps.
    public mutating func action(at now: Int64) -> StandingAction {
        invariant(phase == .resting || end != nil, "asked for the next step while \(phase)")
        if let end { return .end(end) }
        guard next < pace.steps else { return leave(.steps) }
        guard now < endsAt ?? .max else { return leave(.time) }
        guard now >= restsUntil else { return .rest(until: min(restsUntil, endsAt ?? .max)) }
        phase = .stepping
        next += 1
        return .begin(step: next - 1)
    }

    private mutating func leave(_ reason: StandingEnd) -> StandingAction {
        (end, phase) = (reason, .ending)
        return .end(reason)
    }

    /// The step under way has ended well.
    public mutating func stepEnded(at now: Int64) {
        invariant(done < next, "a step ended that had not begun")
        done += 1
        restsUntil = now + pace.pause
        if phase == .stepping { phase = .resting }
    }

    /// Somebody asks.
    public mutating func heard(_ request: StandingRequest) -> StandingAnswer {
        switch request {
        case .status:
            return .tell
        case .fault(let text):
            if let refusal = refusalOfFaults { return .refuse(refusal) }
            return .fault(text, next: next)
        case .heal(let id):
            if let refusal = refusalOfFaults { return .refuse(refusal) }
            return .heal(id, next: next)
        case .down(let now):
            stop(.asked)
            return now || launchedAt == nil ? .abort : .leave
        }
    }

    /// A signal asks this process to end: as `down`, the second time as `down now`.
    public mutating func signalled() -> StandingAnswer {
        let isAgain = end != nil
        stop(.signalled)
        return isAgain || launchedAt == nil ? .abort : .leave
    }

    private mutating func stop(_ reason: StandingEnd) {
        end = end ?? reason
        phase = .ending
    }

    private var refusalOfFaults: StandingRefusal? {
        if end != nil { return StandingRefusal("the cluster is ending, no step comes any more") }
        return next < pace.steps
            ? nil
            : StandingRefusal("the last of \(pace.steps) steps has begun, none comes any more")
    }
}
