import ArgumentParser
import Configuration
import Faults
import Glibc
import Report
import ResultFiles
import Standing

/// `moecluster fault`: hurts a standing cluster.
struct FaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault",
        abstract: "Hurts a standing cluster, or heals it.",
        usage: """
            moecluster fault [DIR] KIND key=value ... [--wait [--within 30s]]
            moecluster fault [DIR] --heal ID
            """,
        discussion: """
            Kinds and keys are those of [[faults]] and --fault: kill npu=3, or straggler npu=1 \
            factor=3 at="step 40" for="2 steps". Without "at" it comes with the next step that has \
            not begun. Prints the fault's number; 'moecluster status' shows what became of it.
            """
    )

    @Argument(help: "The folder, if not the newest, then the kind and its keys.")
    var words: [String] = []
    @Option(help: "End the fault with this number with the next step.") var heal: Int?
    @Flag(help: "Wait until it is seen what became of it.") var wait = false
    @Option(help: "How long --wait waits, at most.") var within = WallTime(seconds: 30)
    @OptionGroup var standing: StandingOptions
    @Flag(help: "The reply, with --wait the faults, as JSON on stdout.") var json = false
    @OptionGroup var speech: SpeechOptions

    func validate() throws {
        let (_, fault) = split
        if heal != nil {
            guard fault.isEmpty else { throw ValidationError("--heal beside a fault: one of both") }
            return
        }
        guard let kind = fault.first else {
            throw ValidationError("no kind of fault, expected as in: moecluster fault kill npu=3")
        }
        for word in fault.dropFirst() where !word.contains("=") {
            throw ValidationError(
                "\"\(word)\" behind \(kind): no key=value; quote values with spaces, as in "
                    + "at=\"step 5\""
            )
        }
    }

    /// The folder, if one is named, and the words of the fault.
    private var split: (folder: String?, fault: [String]) {
        guard let first = words.first else { return (nil, []) }
        let isFolder =
            !FaultKind.names.contains(first) && !first.contains("=")
            && (first.contains("/") || access(first, F_OK) == 0)
        return isFolder ? (first, Array(words.dropFirst())) : (nil, words)
    }

    func run() throws {
        let console = speech.console
        let (folder, fault) = split
        let place = try standing.place(folder, console)
        if let heal {
            _ = try ask(.heal(heal), place, console)
            return try console.result("fault \(heal) ends with the next step")
        }
        let status = try status(place, console)
        let kind = fault[0].contains("=") ? fault[0] : "kind=\(fault[0])"
        let text = ([kind] + fault.dropFirst()).joined(separator: ",")
        try check(text, next: status.nextStep, place, console)
        let reply = try ask(.fault(text), place, console)
        let ids = reply.faults ?? []
        guard wait else {
            return try console.result(json ? JSONText.encode(reply) : Self.text(of: reply))
        }
        if !json { try console.result(Self.text(of: reply)) }
        try follow(ids, place, console)
    }

    private static func text(of reply: StandingReply) -> String {
        let ids = reply.faults ?? []
        guard !ids.isEmpty else { return "no strike: none of its chances came up" }
        let first = ids.prefix(8).map { "\($0)" }.joined(separator: ", ")
        let rest = ids.count > 8 ? " and \(ids.count - 8) more" : ""
        return "fault \(first)\(rest): \(reply.fault ?? "")"
    }

    /// Against the cluster's plan, with the words of `--fault`.
    private func check(
        _ text: String,
        next: Int,
        _ place: StandingPlace,
        _ console: Console
    ) throws {
        let file = "\(place.folder)/\(RunFile.plan.rawValue)"
        let option = FaultOption(text, usual: .step(next, nil), name: "fault")
        do throws(ConfigurationProblems) {
            _ = try PlanReader.configuration(
                from: PlanOptions.text(of: file) ?? "",
                file: file,
                faults: [option]
            )
        } catch {
            console.error("\(error)\n\(error.problems.count) problem(s); nothing was sent")
            throw Exit.configuration
        }
    }

    private func status(_ place: StandingPlace, _ console: Console) throws -> StandingStatus {
        guard let status = try ask(.status, place, console).status else {
            console.error("\(place.folder): an answer without a status")
            throw Exit.failed
        }
        return status
    }

    private func ask(
        _ request: StandingRequest,
        _ place: StandingPlace,
        _ console: Console
    ) throws -> StandingReply {
        do {
            let reply = try StandingCall(place: place).ask(request)
            guard let refusal = reply.refusal else { return reply }
            console.error("\(refusal); nothing was done")
            throw reply.isEnding == true ? Exit.failed : Exit.configuration
        } catch StandingCallProblem.nobody {
            console.error("no cluster stands any more. \(place.remains.text)")
            throw Exit.failed
        } catch StandingCallProblem.broken(let reason) {
            console.error("\(place.folder): \(reason)")
            throw Exit.failed
        }
    }

    // MARK: Waiting

    /// Waits until the step in which each strike was done has ended, and prints what was seen.
    private func follow(_ ids: [Int], _ place: StandingPlace, _ console: Console) throws {
        let end = ChildRun.seconds + within.seconds
        while true {
            let status = try status(place, console)
            let faults = status.faults.filter { ids.contains($0.id) }
            let isOver = ids.allSatisfy { id in
                faults.first { $0.id == id }.map { Self.isOver($0, status) } ?? false
            }
            guard isOver || ChildRun.seconds >= end else {
                usleep(100_000)
                continue
            }
            if json {
                try console.result(JSONText.encode(faults))
            } else {
                try console.result(StandingTable.text(of: faults))
            }
            guard isOver else {
                console.error("not over within \(Int(within.seconds)) s; see 'moecluster status'")
                throw Exit.failed
            }
            return
        }
    }

    /// Its step has ended, and something was seen of it or its end has come.
    private static func isOver(_ fault: FaultRecord, _ status: StandingStatus) -> Bool {
        guard let step = fault.appliedStep, status.steps > step else { return false }
        return fault.isProven || fault.healedAt != nil
    }
}
