import Testing

@testable import Report

@Suite struct `Numbers as text` {
    @Test(arguments: [
        (0.0, 2, "0.00"), (-0.001, 2, "0.00"), (1234.5678, 1, "1,234.6"), (999.95, 1, "1,000.0"),
        (-1_234_567, 0, "-1,234,567"), (0.05, 2, "0.05"), (.nan, 1, "n/a"), (.infinity, 1, "n/a"),
        (1e30, 2, "n/a"),
    ])
    func `fixed decimals with thousands apart`(value: Double, decimals: Int, expected: String) {
        #expect(Figure.fixed(value, decimals) == expected)
    }

    @Test func `times keep about four digits`() {
        #expect(
            [0, 0.614, 12.345, 1234.56, 98765.4].map(Figure.time) == [
                "0", "0.61", "12.35", "1,234.6", "98,765",
            ]
        )
    }

    @Test func `bytes in decimal units`() {
        #expect(Figure.bytes(999) == "999 B")
        #expect(Figure.bytes(4_200_000) == "4.2 MB")
        #expect(Figure.change(0.004) == "+0.4 %")
        #expect(Figure.change(-0.004) == "-0.4 %")
    }
}
