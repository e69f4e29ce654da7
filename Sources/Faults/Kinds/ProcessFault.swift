import ClusterModel

/// Faults of one worker's process.
public enum ProcessFault: FaultFamily {
    /// SIGKILL. Proof: the process was reaped with that signal.
    case kill
    /// The worker exits by itself. Proof: the process was reaped with that code.
    case exit(code: Int)
    /// SIGSTOP, and SIGCONT when it heals; a time in `for` is host time. Proof: the length of its
    /// silence.
    case pause
    /// The worker begins that much late, in host time. Proof: how late it joined.
    case slowStart(delay: Interval)
    /// The worker is never started. Proof: the starts that came to nothing.
    case neverStarts
    /// The worker dies in each of its first `times` starts. Proof: those starts.
    case crashLoop(times: Int)

    static let names = ["kill", "exit", "pause", "slow-start", "never-starts", "crash-loop"]

    static func read(_ name: String, _ reader: inout FaultFieldReader) -> ProcessFault? {
        switch name {
        case "kill": .kill
        case "exit": .exit(code: reader.whole("code", 0...255, or: 1))
        case "pause": .pause
        case "slow-start": .slowStart(delay: reader.interval("delay", or: nil))
        case "never-starts": .neverStarts
        case "crash-loop": .crashLoop(times: reader.whole("times", 1...100, or: 3))
        default: nil
        }
    }

    static func draw(_ name: String, _ random: inout SeededRandom) -> ProcessFault? {
        switch name {
        case "kill": .kill
        case "exit": .exit(code: 1 + random.next(below: 255))
        case "pause": .pause
        case "slow-start": .slowStart(delay: drawInterval(100...100_000, &random))
        case "never-starts": .neverStarts
        case "crash-loop": .crashLoop(times: 1 + random.next(below: 4))
        default: nil
        }
    }

    var name: String {
        switch self {
        case .kill: "kill"
        case .exit: "exit"
        case .pause: "pause"
        case .slowStart: "slow-start"
        case .neverStarts: "never-starts"
        case .crashLoop: "crash-loop"
        }
    }

    var parameters: [FaultField] {
        switch self {
        case .kill, .pause, .neverStarts: []
        case .exit(let code): [FaultField("code", .integer(code))]
        case .slowStart(let delay): [FaultField("delay", delay.asField)]
        case .crashLoop(let times): [FaultField("times", .integer(times))]
        }
    }

    var traits: FaultTraits {
        switch self {
        case .kill, .exit:
            FaultTraits([.npu], evidence: .processEnded, lasts: false)
        case .pause: FaultTraits([.npu], evidence: .silence)
        case .slowStart: start(.startDelayed)
        case .neverStarts, .crashLoop: start(.startsFailed)
        }
    }

    private func start(_ evidence: FaultProofSort) -> FaultTraits {
        FaultTraits(
            [.npu],
            evidence: evidence,
            lasts: false,
            onlyAtLaunch: true
        )
    }

    var simpler: [ProcessFault] {
        switch self {
        case .kill, .pause, .neverStarts: []
        case .exit(let code): code == 1 ? [.kill] : [.kill, .exit(code: 1)]
        case .slowStart(let delay): delay.halved.map { [.slowStart(delay: $0)] } ?? []
        case .crashLoop(let times): times > 1 ? [.crashLoop(times: times / 2)] : []
        }
    }
}
