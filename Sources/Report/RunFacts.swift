// What to think of a run: verdict, verification, clocks, and whatever went wrong.

/// The facts below the tables, a label and a sentence each; the HTML report lists the same.
enum RunFacts {
    /// How a fact is to be taken.
    enum Mood {
        case plain
        case good
        case doubtful
        case bad
    }

    /// One fact.
    struct Fact {
        var label: String
        var text: String
        var mood = Mood.plain
    }

    /// All facts, those about trouble only if there was any.
    static func facts(of results: RunResults) -> [Fact] {
        [verdict(results.fidelity), verified(results)] + exchange(results)
            + [dilation(results.clock), clocks(results)] + trouble(results)
    }

    /// The same as lines of text.
    static func lines(of results: RunResults, colour: Bool) -> [String] {
        facts(of: results).flatMap { fact in
            var lines = TextTable.labelled(fact.label, fact.text)
            if colour, let code = code(of: fact.mood) {
                lines = lines.map { "\u{1b}[\(code)m\($0)\u{1b}[0m" }
            }
            return lines
        }
    }

    private static func code(of mood: Mood) -> Int? {
        switch mood {
        case .plain: nil
        case .good: 32
        case .doubtful: 33
        case .bad: 31
        }
    }

    private static func verdict(_ fidelity: Fidelity) -> Fact {
        guard fidelity.verdict != "simulated" else {
            return Fact(label: "verdict", text: "simulated: virtual time, nothing was measured")
        }
        let late = fidelity.latenessUs
        var text =
            "\(fidelity.verdict): lateness of \(Figure.grouped(fidelity.chunks)) chunks and late "
            + "ends p50 \(Figure.time(late.p50)) µs, p99 \(Figure.time(late.p99)) µs "
            + "(\(Figure.percent(fidelity.latenessShareP99, 2)) of the median dispatch), "
            + "max \(Figure.time(late.max)) µs, emulated; "
            + "host CPU \(Figure.percent(fidelity.cpuBusy, 0)) busy"
        if let share = fidelity.linkRateShareMax {
            text +=
                "; no link let more in within 10 ms of host time than "
                + "\(Figure.percent(share)) of what its rate allows"
        }
        if !fidelity.advice.isEmpty { text += "; \(fidelity.advice)" }
        let isTrusted = fidelity.verdict == "trusted"
        return Fact(label: "verdict", text: text, mood: isTrusted ? .good : .doubtful)
    }

    private static func verified(_ results: RunResults) -> Fact {
        let pairs = results.routers.reduce(0) { $0 + $1.verified.tokens }
        let bytes = results.routers.reduce(0) { $0 + $1.verified.bytes }
        let wrong = results.routers.reduce(0) { $0 + $1.verified.mismatches }
        let text =
            "\(Figure.grouped(pairs)) token-expert pairs followed there and back "
            + "(\(Figure.bytes(Double(bytes)))), \(Figure.grouped(wrong)) wrong"
        return Fact(label: "verified", text: text, mood: wrong == 0 ? .plain : .bad)
    }

    /// Which algorithm carried the bytes, if any step says so.
    private static func exchange(_ results: RunResults) -> [Fact] {
        let routers = results.routers.filter { $0.algorithm != nil }
        guard let first = routers.first else { return [] }
        let isSame = routers.allSatisfy { $0.algorithm == first.algorithm }
        let names =
            isSame
            ? first.algorithm ?? ""
            : routers.map { "\($0.name) \($0.algorithm ?? "")" }.joined(separator: ", ")
        var text = names + (first.algorithmReason.map { ": \($0)" } ?? "")
        if !isSame { text += " (\(first.name))" }
        return [Fact(label: "exchange", text: text)]
    }

    private static func dilation(_ clock: Clock) -> Fact {
        let factor = Figure.fixed(clock.dilation, clock.dilation < 10 ? 2 : 0)
        let reason = clock.reason.isEmpty ? "" : ": \(clock.reason)"
        return Fact(label: "dilation", text: factor + reason)
    }

    private static func clocks(_ results: RunResults) -> Fact {
        // Where only the last steps' times are kept, the others took as long in the mean.
        let emulatedUs = results.routers.reduce(0) { sum, router in
            let samples = router.stepTimeUs.samples
            let share = Double(router.steps) / Double(max(1, samples.count))
            return sum + samples.reduce(0, +) * max(1, share)
        }
        let clock = results.clock
        var text =
            "measured steps \(Figure.fixed(emulatedUs / 1000, 2)) ms emulated; "
            + "all steps \(Figure.wall(clock.wallMs)) wall-clock"
        if clock.skippedMs > 0 {
            text += ", \(Figure.wall(clock.skippedMs)) more without fast-forward"
        }
        if clock.launchMs > 0 { text += "; launch \(Figure.wall(clock.launchMs)) wall-clock" }
        return Fact(label: "time", text: text)
    }

    private static func trouble(_ results: RunResults) -> [Fact] {
        var facts: [Fact] = []
        if results.outcome != "finished" {
            facts.append(Fact(label: "outcome", text: results.outcome, mood: .bad))
        }
        let survival = results.survival
        facts += hurt(survival) + faults(results.faults)
        if survival.tokensLost + survival.tokensDuplicated > 0 {
            let text = "\(survival.tokensLost) lost, \(survival.tokensDuplicated) duplicated"
            facts.append(Fact(label: "tokens", text: text, mood: .bad))
        }
        let leaks = results.leaks
        if leaks.processes + leaks.sockets + leaks.sharedMemory > 0 {
            let text =
                "left behind: \(leaks.processes) processes, \(leaks.sockets) sockets, "
                + "\(leaks.sharedMemory) shared-memory segments"
            facts.append(Fact(label: "leaks", text: text, mood: .bad))
        }
        let refusals = results.refusals
        if refusals.connections > 0 {
            let reasons = refusals.reasons.joined(separator: "; ")
            let text = "\(Figure.grouped(refusals.connections)) foreign connections: \(reasons)"
            facts.append(Fact(label: "refused", text: text, mood: .doubtful))
        }
        return facts
    }

    /// What failed, and what was done about it.
    private static func hurt(_ survival: Survival) -> [Fact] {
        guard survival.verdict != "unhurt", !survival.reasons.isEmpty else { return [] }
        var text = survival.verdict + ": " + survival.reasons.joined(separator: "; ")
        if survival.tokensDroppedByPolicy > 0 {
            text +=
                "; \(Figure.grouped(survival.tokensDroppedByPolicy)) tokens of ranks that were "
                + "left out not offered"
        }
        if survival.chunksResent > 0 {
            text +=
                "; \(Figure.grouped(survival.chunksResent)) chunks asked for again, "
                + "\(Figure.grouped(survival.bytesResent)) bytes sent again"
        }
        let isBad = survival.verdict == "F"
        let state = survival.stateNote.map {
            Fact(label: "state", text: $0, mood: survival.stateIsEqual == false ? .bad : .plain)
        }
        return [Fact(label: "survival", text: text, mood: isBad ? .bad : .doubtful)]
            + [state].compactMap(\.self)
            + survival.incidents.map { Fact(label: "incident", text: line(of: $0)) }
    }

    /// The most faults that are told of one by one.
    private static let faultsMax = 8

    /// What was asked for and what was found of it.
    private static func faults(_ faults: [FaultRecord]) -> [Fact] {
        var facts = faults.prefix(faultsMax).map { fault in
            Fact(
                label: "fault",
                text: line(of: fault),
                mood: fault.isProven ? .plain : .doubtful
            )
        }
        if faults.count > faultsMax {
            let more = Figure.grouped(faults.count - faultsMax)
            facts.append(Fact(label: "fault", text: "\(more) more are in results.json"))
        }
        return facts
    }

    private static func line(of fault: FaultRecord) -> String {
        var parts = ["\(fault.kind) of \(fault.target), \(fault.requestedAt)"]
        guard fault.appliedAt != nil else { return parts[0] + "; never applied" }
        if !fault.isProven { parts.append("no evidence that it took effect") }
        parts.append(fault.finding ?? "found by nobody")
        if let recovery = fault.recovery {
            let after = fault.recoveredAfterMs.map { ", whole after \(Figure.wall($0))" } ?? ""
            parts.append(recovery + after)
        }
        return parts.joined(separator: "; ")
    }

    private static func line(of incident: IncidentRecord) -> String {
        let times = [
            ("rejoined", incident.rejoinedMs), ("connected", incident.recoveredMs),
            ("redone", incident.redoneMs), ("back at 95 %", incident.backMs),
        ].compactMap { name, ms in ms.map { "\(name) \(Figure.wall($0))" } }
        return "\(incident.what); \(incident.measure)"
            + (incident.rejoinMs.map { "; coming back took \(Figure.wall($0))" } ?? "")
            + (times.isEmpty ? "" : "; after it was noticed: " + times.joined(separator: ", "))
    }
}
