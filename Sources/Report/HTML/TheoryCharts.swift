// The theory of capacity as two charts: bounds over affinity, chances over capacity.

extension Chart {
    /// The bound over δ, a line for each n and d; a choice says which form.
    static func bounds(of theory: Theory) -> Chart {
        let series = Series(theory.bound.map { "n = \($0.experts), d = \($0.hidden)" })
        // Log of base 10: the bound leaves the range of a Double, and of any screen.
        let rows = theory.bound.flatMap { row in
            [("exact", row.logExact), ("erfc", row.logErfc), ("exp", row.logExp)].map { form, log in
                let name = "n = \(row.experts), d = \(row.hidden)"
                return #"{"form": "\#(form)", "series": \#(quote(name)), "x": \#(row.affinity), "#
                    + #""y": \#(JSONString.number(log / 2.302585092994046))}"#
            }
        }
        return Chart(
            id: "bounds",
            title: "Lower bound on an expert's capacity",
            caption: """
                Decimal logarithm of C in slots by the affinity δ of a token and its expert: LocMoE, \
                Theorem 1, with 1 / (n p), or its approximations by erfc and exp. A run clamps it \
                to its floor and to the tokens of a batch.
                """,
            keys: series.keys,
            spec: lineSpec(
                rows,
                series,
                x: quote("affinity δ"),
                y: quote("log10 of C"),
                filter: "datum.form == form && isValid(datum.y)",
                signals: #"[{"name": "form", "value": "exact"}]"#
            ),
            height: 340,
            choice: Choice(label: "Form", signal: "form", options: ["exact", "erfc", "exp"]),
            tables: [boundTable(theory)]
        )
    }

    /// Chances over C, a line for each p and q; a choice says which n and s.
    static func chances(of theory: Theory) -> Chart {
        let sizes = Series(theory.success.map { "n = \($0.experts), s = \($0.tokens)" }).names
        let names = theory.success.first.map { row in
            row.tokenChoice.map { "TCR, p = \($0.share)" }
                + row.expertChoice.map { "ECR, q = \($0.share)" }
        }
        let series = Series(names ?? [])
        let rows = theory.success.flatMap { row in
            zip(series.names, row.tokenChoice + row.expertChoice).map { name, chance in
                #"{"size": \#(quote("n = \(row.experts), s = \(row.tokens)")), "#
                    + #""series": \#(quote(name)), "x": \#(row.capacity), "#
                    + #""y": \#(JSONString.number(chance.success))}"#
            }
        }
        return Chart(
            id: "chances",
            title: "Chance that a relevant token is computed",
            caption: """
                By the capacity C in slots: token choice (TCR) with true-positive share p, expert \
                choice (ECR) with false-positive share q. LocMoE+, proofs of Theorem 5 and \
                Corollary 6.
                """,
            keys: series.keys,
            spec: lineSpec(
                rows,
                series,
                x: quote("capacity C, slots"),
                y: quote("chance"),
                filter: "datum.size == size",
                signals: #"[{"name": "size", "value": \#(quote(sizes.first ?? ""))}]"#
            ),
            height: 340,
            choice: Choice(label: "Sizes", signal: "size", options: sizes),
            tables: [chanceTable(theory)]
        )
    }

    private static func boundTable(_ theory: Theory) -> HTMLTable {
        HTMLTable(
            caption: "Bounds in slots, and the chance of a cosine of at least δ",
            headers: ["n, d", "δ", "p", "exact", "erfc", "exp"],
            rows: theory.bound.map { row in
                ["n = \(row.experts), d = \(row.hidden)", "\(row.affinity)"]
                    + [
                        (row.tail, row.logTail), (row.exact, row.logExact),
                        (row.erfc, row.logErfc), (row.exp, row.logExp),
                    ].map { Figure.significant($0.0, log: $0.1) }
            }
        )
    }

    private static func chanceTable(_ theory: Theory) -> HTMLTable {
        let first = theory.success.first
        return HTMLTable(
            caption: "Chances by capacity",
            headers: ["n, s", "C"]
                + (first?.tokenChoice ?? []).map { "TCR p=\($0.share)" }
                + (first?.expertChoice ?? []).map { "ECR q=\($0.share)" },
            rows: theory.success.map { row in
                ["n = \(row.experts), s = \(row.tokens)", "\(row.capacity)"]
                    + (row.tokenChoice + row.expertChoice).map { Figure.fixed($0.success, 6) }
            }
        )
    }
}
