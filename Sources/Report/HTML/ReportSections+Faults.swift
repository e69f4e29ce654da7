// The faults of a run: what was asked for, what was seen of it, who found what, and how fast.

extension ReportSections {
    /// The most faults in the table.
    private static let faultsMax = 100

    /// What was injected, and what became of it.
    static func faults(_ faults: [FaultRecord]) -> String {
        guard !faults.isEmpty else { return "" }
        let ms = { (value: Double?) in value.map { Figure.fixed($0, 1) } ?? "" }
        let table = HTMLTable(
            caption: "Times since a fault was applied: milliseconds of wall time, or as said"
                + (faults.count > faultsMax
                    ? "; the first \(faultsMax) of \(Figure.grouped(faults.count)), all are in "
                        + "results.json" : ""),
            headers: [
                "fault", "of", "asked for", "applied", "healed", "evidence",
                "taken for the cause", "found by", "done", "found", "found, µs emulated", "whole",
            ],
            rows: faults.prefix(faultsMax).map { fault in
                [
                    fault.kind, fault.target, fault.requestedAt, fault.appliedAt ?? "never",
                    fault.healedAt ?? "",
                    fault.evidence.isEmpty ? "none" : fault.evidence.joined(separator: "; "),
                    [fault.cause, fault.symptom].compactMap(\.self).joined(separator: ": "),
                    fault.discoverer ?? "nobody", fault.recovery ?? "nothing",
                    ms(fault.detectedAfterMs), ms(fault.detectedAfterUs),
                    ms(fault.recoveredAfterMs),
                ]
            },
            wordColumns: 9
        )
        return section("faults", "What was injected, and who found it", table.html)
    }
}
