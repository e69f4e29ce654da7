// The theory of capacity for a terminal, and as rows of CSV.

/// Text of a `Theory`.
public enum TheoryTable {
    /// Two tables: bounds, then chances.
    public static func text(of theory: Theory) -> String {
        var blocks: [[String]] = []
        if !theory.bound.isEmpty {
            blocks.append(
                ["Lower bound on an expert's capacity (LocMoE, Theorem 1)"] + bounds(theory).lines
            )
        }
        if !theory.success.isEmpty {
            blocks.append(
                ["Chance that a relevant token is computed (LocMoE+, Theorem 5, Corollary 6)"]
                    + chances(theory).lines
            )
        }
        return blocks.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    /// One figure a row: `quantity,n,d,delta,s,capacity,share,value`; what does not apply is
    /// empty.
    public static func csv(of theory: Theory) -> String {
        var lines = ["quantity,n,d,delta,s,capacity,share,value"]
        for row in theory.bound {
            let sizes = "\(row.experts),\(row.hidden),\(row.affinity),,,"
            for (name, value) in [
                ("tail", row.tail), ("bound_exact", row.exact), ("bound_erfc", row.erfc),
                ("bound_exp", row.exp), ("log_tail", row.logTail),
                ("log_bound_exact", row.logExact), ("log_bound_erfc", row.logErfc),
                ("log_bound_exp", row.logExp),
            ] { lines.append("\(name),\(sizes),\(value)") }
        }
        for row in theory.success {
            let sizes = "\(row.experts),,,\(row.tokens),\(row.capacity)"
            for chance in row.tokenChoice {
                lines.append("tcr,\(sizes),\(chance.share),\(chance.success)")
            }
            for chance in row.expertChoice {
                lines.append("ecr,\(sizes),\(chance.share),\(chance.success)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func bounds(_ theory: Theory) -> TextTable {
        var table = TextTable(
            columns: [
                .init(title: "n", unit: ""), .init(title: "d", unit: ""),
                .init(title: "affinity", unit: "δ"), .init(title: "tail", unit: "p_δ"),
                .init(title: "exact", unit: "1/(n p_δ)"), .init(title: "erfc", unit: "slots"),
                .init(title: "exp", unit: "slots"),
            ]
        )
        table.rows = theory.bound.map { row in
            ["\(row.experts)", "\(row.hidden)", "\(row.affinity)"]
                + [
                    (row.tail, row.logTail), (row.exact, row.logExact), (row.erfc, row.logErfc),
                    (row.exp, row.logExp),
                ].map { Figure.significant($0.0, log: $0.1) }
        }
        return table
    }

    private static func chances(_ theory: Theory) -> TextTable {
        let first = theory.success[0]
        var table = TextTable(
            columns: [
                .init(title: "n", unit: ""), .init(title: "s", unit: ""),
                .init(title: "C", unit: "slots"),
            ]
                + first.tokenChoice.map { .init(title: "TCR", unit: "p=\($0.share)") }
                + first.expertChoice.map { .init(title: "ECR", unit: "q=\($0.share)") }
        )
        table.rows = theory.success.map { row in
            ["\(row.experts)", "\(row.tokens)", "\(row.capacity)"]
                + (row.tokenChoice + row.expertChoice).map { Figure.fixed($0.success, 4) }
        }
        return table
    }
}
