// What became of a strike, in words.

import ClusterModel
import Faults
import Glibc
import Report

extension FaultRecord {
    init(_ outcome: FaultOutcome, recoveredAfterMs: Double?) {
        let stamp = { (stamp: FaultStamp) in
            "step \(stamp.step), \(stamp.time.microseconds) µs"
        }
        // Before any step there is no place in one.
        let isLaunch = outcome.event.moment == .launch
        self.init(
            id: outcome.event.id,
            kind: outcome.event.kind.name,
            target: "\(outcome.event.target.text)",
            requestedAt: "\(outcome.event.moment)",
            appliedAt: outcome.applied.map { isLaunch ? "launch" : stamp($0) },
            healedAt: outcome.healed.map { isLaunch ? "launch" : stamp($0) },
            evidence: outcome.evidence,
            isProven: outcome.isProven,
            discoverer: outcome.detection?.discoverer,
            cause: outcome.detection.map(\.causeText),
            symptom: outcome.detection?.symptom?.text,
            detectedAt: outcome.detection?.at.map(stamp),
            detectedAfterMs: outcome.detection?.afterMs,
            detectedAfterUs: outcome.detectedAfter?.microseconds,
            recoveredAfterMs: recoveredAfterMs,
            // What was tried last decides: after it nothing else was.
            recovery: outcome.recoveries.last.flatMap { $0.succeeded ? $0.measure.rawValue : nil }
        )
    }
}

extension FaultOutcome {
    fileprivate var evidence: [String] {
        let isLast = event.kind == .coordinator(.kill) && applied != nil && proofs.isEmpty
        // Written before it is done: afterwards nobody is left who could.
        return isLast ? ["process \(getpid()) sends itself signal 9"] : proofs.map(\.text)
    }
}

extension FaultDetection {
    fileprivate var causeText: String {
        switch others {
        case 0: cause.text
        case 1: "\(cause.text), and one way more"
        default: "\(cause.text), and \(others) ways more"
        }
    }
}

extension LinkSymptom {
    fileprivate var text: String {
        switch self {
        case .slower(let factor): "bytes took \((factor * 100).rounded() / 100) times as long"
        case .later(let delay):
            "chunks came \(Double((delay.picoseconds + 5_000) / 10_000) / 100) µs late"
        }
    }
}

extension FaultTarget {
    var text: String {
        switch self {
        case .npu(let rank): "npu \(rank)"
        case .node(let node): "node \(node.index)"
        case .link(let link): "link \(link.rawValue)"
        case .pair(let from, let to): "from \(from) to \(to)"
        case .expert(let expert): "expert \(expert.index)"
        case .coordinator: "coordinator"
        case .cluster: "cluster"
        case .random: "random"
        }
    }
}

extension FaultProof {
    /// What was seen, in words.
    fileprivate var text: String {
        switch self {
        case .processEnded(let signal?, _): "reaped, killed by signal \(signal)"
        case .processEnded(nil, let code): "reaped, exited with \(code ?? 0)"
        case .computeStretched(let planned, let taken):
            "computing took \(taken.microseconds) µs, planned were \(planned.microseconds) µs"
        case .foundDead: "found dead by the run that went on: the folder free, the run not over"
        case .silence(let time): "silent for \(time.milliseconds) ms of wall time"
        case .startDelayed(let time): "joined \(time.milliseconds) ms of wall time late"
        case .startsFailed(let count):
            "\(count) \(count == 1 ? "start" : "starts") came to nothing"
        case .rates(let before, let during, let after):
            "MB/s of emulated time before \(Self.megabytes(before)), "
                + "during \(Self.megabytes(during)), after \(Self.megabytes(after))"
        case .slowed(let symptom): "by the links' own figures, \(symptom.text)"
        case .chunks(let count, let first):
            "\(count) chunks, the first in \(first.phase.rawValue) of step \(first.step), from "
                + "\(first.from) to \(first.to), number \(first.sequence)"
        case .connectionError(let name): name
        case .load(let before, let during): "tokens before \(before), during \(during)"
        case .moved(let tokens): "it was full: \(tokens) tokens more or fewer at others"
        case .refusedCall(let name): name
        }
    }

    private static func megabytes(_ rate: Double?) -> String {
        rate.map { "\(($0 / 1e3).rounded() / 1e3)" } ?? "unknown"
    }
}

extension Interval {
    /// To the microsecond.
    fileprivate var milliseconds: Double { (seconds * 1e6).rounded() / 1e3 }
}
