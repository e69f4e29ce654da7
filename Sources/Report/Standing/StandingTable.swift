// What `moecluster status` prints of a cluster that stands. At most 100 columns.

/// A status as text for a terminal.
public enum StandingTable {
    /// Above this, ranks to which nothing has happened are only counted.
    private static let ranksMax = 16

    /// The whole text, with a line end.
    public static func text(of status: StandingStatus) -> String {
        var lines = facts(status) + [""] + ranks(status.ranks)
        if !status.faults.isEmpty { lines += [""] + faults(status.faults) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Faults alone, with a line end.
    public static func text(of faults: [FaultRecord]) -> String {
        Self.faults(faults).joined(separator: "\n") + "\n"
    }

    private static func facts(_ status: StandingStatus) -> [String] {
        let cluster =
            "\(status.folder): \(status.router) on \(status.nodes) x \(status.npusPerNode) NPUs, "
            + "dilation \(Figure.fixed(status.dilation, 0)), coordinator \(status.coordinator)"
        let state =
            "\(status.state), \(Figure.grouped(status.steps)) of at most "
            + "\(Figure.grouped(status.stepsMax)) steps done; up \(span(status.uptimeS)), ends in "
            + "\(span(status.endsInS)) at the latest"
        let reasons = status.survival.reasons.joined(separator: "; ")
        return TextTable.labelled("cluster", cluster) + TextTable.labelled("state", state)
            + TextTable.labelled("step time", stepTime(status))
            + TextTable.labelled("tokens/s", throughput(status))
            + TextTable.labelled(
                "fidelity",
                status.samples == 0
                    ? "none measured yet"
                    : status.fidelity + (status.advice.isEmpty ? "" : ": \(status.advice)")
            )
            + TextTable.labelled(
                "survival",
                "\(status.survival.verdict) so far" + (reasons.isEmpty ? "" : ": \(reasons)")
            )
    }

    private static func stepTime(_ status: StandingStatus) -> String {
        guard let last = status.lastStepUs else { return "no step has ended yet" }
        guard let median = status.stepP50Us else {
            return "last \(Figure.time(last)) µs, emulated; none measured yet"
        }
        return "last \(Figure.time(last)) µs, p50 \(Figure.time(median)) µs of the last "
            + "\(status.samples) measured, emulated"
    }

    private static func throughput(_ status: StandingStatus) -> String {
        guard let emulated = status.emulatedTokensPerS, let wall = status.wallTokensPerS else {
            return "none measured yet"
        }
        return "\(Figure.grouped(Int(emulated))) emulated, \(Figure.grouped(Int(wall))) "
            + "wall-clock while steps run"
    }

    /// "59 min 48 s".
    private static func span(_ seconds: Double) -> String {
        let whole = Int(seconds)
        return switch whole {
        case 3600...: "\(whole / 3600) h \(whole % 3600 / 60) min"
        case 60...: "\(whole / 60) min \(whole % 60) s"
        default: "\(Figure.fixed(seconds, 1)) s"
        }
    }

    private static func ranks(_ ranks: [RankStatus]) -> [String] {
        let shown =
            ranks.count <= ranksMax
            ? ranks : ranks.filter { $0.state != "up" || $0.restarts > 0 }
        var table = TextTable(columns: [
            .init(title: "rank", unit: ""), .init(title: "process", unit: ""),
            .init(title: "state", unit: ""), .init(title: "restarts", unit: ""),
        ])
        table.rows = shown.map { rank in
            [
                "\(rank.rank)", rank.process.map { "\($0)" } ?? "-", rank.state,
                "\(rank.restarts)",
            ]
        }
        let rest = ranks.count - shown.count
        return withoutUnits(shown.isEmpty ? [] : table.lines)
            + (rest > 0 ? ["\(rest) \(shown.isEmpty ? "" : "more ")ranks up, none restarted"] : [])
    }

    private static func faults(_ faults: [FaultRecord]) -> [String] {
        let milliseconds = { (time: Double?) in time.map { Figure.wall($0) } ?? "-" }
        var table = TextTable(columns: [
            .init(title: "fault", unit: ""), .init(title: "kind", unit: ""),
            .init(title: "target", unit: ""), .init(title: "asked", unit: ""),
            .init(title: "applied", unit: ""), .init(title: "proven", unit: ""),
            .init(title: "detected", unit: "after"), .init(title: "recovered", unit: "after"),
            .init(title: "by", unit: ""), .init(title: "healed", unit: ""),
        ])
        table.rows = faults.map { fault in
            [
                "\(fault.id)", fault.kind, fault.target, fault.requestedAt,
                step(fault.appliedAt), fault.isProven ? "yes" : "no",
                milliseconds(fault.detectedAfterMs), milliseconds(fault.recoveredAfterMs),
                fault.recovery ?? "-", step(fault.healedAt),
            ]
        }
        let facts = faults.flatMap { fault in
            (fault.evidence + [fault.finding].compactMap(\.self))
                .flatMap { TextTable.labelled("fault \(fault.id)", $0) }
        }
        return table.lines + (facts.isEmpty ? [] : [""] + facts)
    }

    /// "step 5, 1203 µs" without its time.
    private static func step(_ moment: String?) -> String {
        moment.flatMap { $0.split(separator: ",").first.map(String.init) } ?? "-"
    }

    /// The second line of a table without units is blank.
    private static func withoutUnits(_ lines: [String]) -> [String] { lines.filter { !$0.isEmpty } }
}
