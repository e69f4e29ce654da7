import ClusterModel

/// Why a run ended before its last step.
public enum RunFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// A worker's process ended.
    case workerEnded(Rank, how: String, phase: String)
    /// A worker's control connection ended while its process may live on.
    case connectionLost(Rank, phase: String)
    /// A worker answered no ping for so long.
    case silent(Rank, milliseconds: Int, phase: String)
    /// A worker says what is wrong.
    case reported(Rank, String)
    /// A worker has joined and cannot do what the plan asks of it.
    case planRefused(Rank, String)
    /// A worker's connection to another ended, or brought bytes that are not what was sent.
    case linkDown(Rank, peer: Rank, isCorrupt: Bool, String)
    /// A bound has passed; these ranks had not done their part.
    case timedOut(phase: String, milliseconds: Int, missing: [Rank])
    /// A bound has passed; these waits are the first of those that hold up everybody.
    case stalled(phase: String, milliseconds: Int, waits: [Wait])
    /// A worker said something that does not fit.
    case protocolViolation(Rank, String)
    /// No programs could be made for a step.
    case uncompiled(String)
    case interrupted

    /// Who waits for whom, where that is what failed.
    public var waits: [Wait] {
        switch self {
        case .linkDown(let rank, let peer, _, _): [Wait(rank, for: peer)]
        case .stalled(_, _, let waits): waits
        case .workerEnded, .connectionLost, .silent, .reported, .planRefused, .timedOut,
            .protocolViolation,
            .uncompiled, .interrupted:
            []
        }
    }

    /// Whether it was found at a link or a wait, while processes may be well.
    public var isOfLinks: Bool {
        switch self {
        case .reported, .linkDown, .stalled: true
        case .workerEnded, .connectionLost, .silent, .planRefused, .timedOut, .protocolViolation,
            .uncompiled, .interrupted:
            false
        }
    }

    /// Whether `other` follows from it, though it was told first: who got bytes that were not sent
    /// closes the connection, which the peer sees end.
    public func explains(_ other: RunFailure) -> Bool {
        guard case .linkDown(let finder, let sender, true, _) = self,
            case .linkDown(let rank, let peer, false, _) = other
        else { return false }
        return rank == sender && peer == finder
    }

    public var description: String {
        switch self {
        case .workerEnded(let rank, let how, let phase):
            "worker \(rank) \(how) while \(phase)"
        case .connectionLost(let rank, let phase):
            "worker \(rank) closed its control connection while \(phase)"
        case .silent(let rank, let milliseconds, let phase):
            "worker \(rank) has not answered for \(milliseconds) ms while \(phase): it hangs or is "
                + "stopped"
        case .reported(let rank, let reason):
            "worker \(rank): \(reason)"
        case .planRefused(let rank, let reason):
            "worker \(rank) has joined and refused its plan: \(reason); it was expected to open what "
                + "the plan names and to connect to the others. Started again it would say the same: "
                + "mend what it names, or go on without it (`exclude` in the recovery policy)"
        case .linkDown(let rank, let peer, _, let reason):
            "worker \(rank): its connection to worker \(peer): \(reason)"
        case .timedOut(let phase, let milliseconds, let missing):
            "after \(milliseconds) ms of \(phase) nothing was heard from worker"
                + (missing.count == 1 ? " " : "s ")
                + missing.map(\.description).joined(separator: ", ")
        case .stalled(let phase, let milliseconds, let waits):
            "after \(milliseconds) ms of \(phase) "
                + waits.prefix(4).map(\.description).joined(separator: ", ")
                + (waits.count > 4 ? " and \(waits.count - 4) more wait" : "")
        case .protocolViolation(let rank, let what):
            "worker \(rank) sent \(what)"
        case .uncompiled(let reason):
            "a step cannot be planned: \(reason)"
        case .interrupted:
            "interrupted"
        }
    }
}
