import Report
import Testing

@Suite struct `The theory of capacity` {
    private let theory = Theory(
        bound: [
            Theory.BoundRow(
                experts: 8,
                hidden: 7168,
                affinity: 0.3,
                tail: (0, -1000),
                exact: (.infinity, 1000),
                erfc: (8.2318, 2.10801),
                exp: (999_999.9, 13.8155)
            )
        ],
        success: [
            Theory.SuccessRow(
                experts: 8,
                tokens: 1024,
                capacity: 16,
                tokenChoice: [.init(share: 0.125, success: 0.015625)],
                expertChoice: [.init(share: 0.02, success: 0.13157730156721278)]
            )
        ]
    )

    @Test func `is a table, with powers of ten where a Double ends`() {
        #expect(
            TheoryTable.text(of: theory) == """
                Lower bound on an expert's capacity (LocMoE, Theorem 1)
                n     d  affinity       tail      exact   erfc        exp
                                δ        p_δ  1/(n p_δ)  slots      slots
                8  7168       0.3  5.08e-435  1.97e+434  8.232  1,000,000

                Chance that a relevant token is computed (LocMoE+, Theorem 5, Corollary 6)
                n     s      C      TCR     ECR
                         slots  p=0.125  q=0.02
                8  1024     16   0.0156  0.1316

                """
        )
    }

    @Test func `is CSV with a figure a row`() {
        let lines = TheoryTable.csv(of: theory).split(separator: "\n")
        #expect(lines[0] == "quantity,n,d,delta,s,capacity,share,value")
        #expect(lines.contains("log_bound_exact,8,7168,0.3,,,,1000.0"))
        #expect(lines.contains("bound_exact,8,7168,0.3,,,,inf"))
        #expect(lines.contains("tcr,8,,,1024,16,0.125,0.015625"))
        #expect(lines.last == "ecr,8,,,1024,16,0.02,0.13157730156721278")
        #expect(
            lines.allSatisfy {
                $0.split(separator: ",", omittingEmptySubsequences: false).count == 8
            }
        )
    }

    @Test func `is a page with two charts, or with tables alone`() {
        let drawn = TheoryHTML.text(of: theory, command: "moecluster <x>", vegaScript: "var vega;")
        #expect(drawn.contains("var vega;"))
        #expect(drawn.contains("moecluster &lt;x&gt;"))
        #expect(drawn.split(separator: "<script type=\"application/json\">").count == 3)
        let plain = TheoryHTML.text(of: theory, command: "", vegaScript: nil)
        #expect(!plain.contains("<script"))
        #expect(plain.contains("libjs-vega"))
        #expect(plain.contains("<td>8.232</td>"))
    }
}
