// What shows that a fault took effect: facts that a player saw, not what it meant to do.

import ClusterModel

/// What can be seen of a fault.
public enum FaultProofSort: String, Sendable, CaseIterable {
    case processEnded, silence, startDelayed, startsFailed, computeStretched, rates, chunks
    case connectionError, load, refusedCall
}

/// A chunk, as one that was hit first is named.
public struct FaultedChunk: Hashable, Sendable {
    public var step: Int
    public var phase: FaultPhase
    public var from: Rank
    public var to: Rank
    /// Its number within the message.
    public var sequence: Int

    public init(step: Int, phase: FaultPhase, from: Rank, to: Rank, sequence: Int) {
        self.step = step
        self.phase = phase
        self.from = from
        self.to = to
        self.sequence = sequence
    }
}

/// Something that was seen.
public enum FaultProof: Hashable, Sendable {
    /// Reaped, by a signal or with a code.
    case processEnded(signal: Int?, code: Int?)
    /// A run that goes on found the one before it dead, in the middle of its steps.
    case foundDead
    /// Nothing was heard for that long, in host time.
    case silence(Interval)
    /// It joined so much later than the others, in host time.
    case startDelayed(Interval)
    case startsFailed(Int)
    case computeStretched(planned: Interval, taken: Interval)
    /// Bytes a second of emulated time over the links concerned; before is unknown of a fault that
    /// holds from the first step on, after while the fault lasts.
    case rates(before: Double?, during: Double, after: Double?)
    /// What receivers saw of chunks, against the figures of their links.
    case slowed(LinkSymptom)
    /// Chunks held up, dropped or altered, and the first of them.
    case chunks(Int, first: FaultedChunk)
    /// As the system names it: `ECONNRESET`.
    case connectionError(String)
    /// Tokens of the expert in a step, without the fault and with it.
    case load(before: Int, during: Int)
    /// By so many tokens, expert by expert, others' loads differ from those without the fault.
    case moved(Int)
    /// A call of the system that was refused: `EMFILE`.
    case refusedCall(String)

    public var sort: FaultProofSort {
        switch self {
        case .processEnded, .foundDead: .processEnded
        case .silence: .silence
        case .startDelayed: .startDelayed
        case .startsFailed: .startsFailed
        case .computeStretched: .computeStretched
        case .rates, .slowed: .rates
        case .chunks: .chunks
        case .connectionError: .connectionError
        case .load, .moved: .load
        case .refusedCall: .refusedCall
        }
    }

    /// Whether it shows that a fault of `kind` took effect: of the sort that the kind asks for,
    /// and something did change.
    public func proves(_ kind: FaultKind) -> Bool {
        guard sort == kind.traits.evidence else { return false }
        switch self {
        case .processEnded(let signal, let code): return Self.ended(kind, signal, code)
        case .foundDead: return kind == .coordinator(.kill)
        case .silence(let length), .startDelayed(let length): return length > .zero
        case .startsFailed(let count): return count > 0
        case .computeStretched(let planned, let taken): return taken > planned
        case .rates(let before, let during, let after):
            return (before ?? after).map { during < $0 } ?? false
        case .slowed(.slower(let factor)): return factor > 1
        case .slowed(.later(let time)): return time > .zero
        case .chunks(let count, _): return count > 0
        case .connectionError(let name), .refusedCall(let name): return !name.isEmpty
        case .moved(let tokens): return tokens > 0 && kind != .expert(.lost)
        case .load(let before, let during):
            return kind == .expert(.lost) ? during < before : during > before
        }
    }

    /// A worker that was to be killed and exited by itself is no proof.
    private static func ended(_ kind: FaultKind, _ signal: Int?, _ code: Int?) -> Bool {
        if case .process(.exit(let asked)) = kind { return code == asked }
        return signal == 9
    }
}
