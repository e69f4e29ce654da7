// Numbers of a table's axis on the command line: lists and ranges.

import ArgumentParser

/// `8,16`, `0.1..0.5:0.1` (by steps), `16..1024:x2` (by a factor), or several of them.
struct NumberList<Number: LosslessStringConvertible & Comparable & Sendable>:
    ExpressibleByArgument, Sendable
{
    /// As written, for defaults in the help.
    let text: String
    let values: [Number]

    var defaultValueDescription: String { text }

    private init(text: String, values: [Number]) {
        self.text = text
        self.values = values
    }

    init?(argument: String) {
        var values: [Number] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let range = NumberRange(part), let more: [Number] = range.values() else {
                return nil
            }
            values += more
        }
        self.init(text: argument, values: values)
    }
}

/// One part of a list: a number, or from..to:step.
struct NumberRange {
    /// The most numbers of one range.
    static let countMax = 10_000

    private let from: Double
    private let to: Double
    private let step: Double
    private let isFactor: Bool

    init?(_ text: Substring) {
        let ends = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let dots = ends[0].firstRange(of: "..")
        guard let from = Double(ends[0][..<(dots?.lowerBound ?? ends[0].endIndex)]),
            let to = dots.map({ Double(ends[0][$0.upperBound...]) }) ?? from
        else { return nil }
        let stepText = ends.count == 2 ? ends[1] : "1"
        isFactor = stepText.hasPrefix("x")
        guard let step = Double(isFactor ? stepText.dropFirst() : stepText), from <= to,
            from.isFinite, to.isFinite, step.isFinite,
            isFactor ? step > 1 && from > 0 : step > 0
        else { return nil }
        (self.from, self.to, self.step) = (from, to, step)
    }

    /// The numbers, decimals rounded to 12 places so that 0.1 + 0.2 is 0.3; nil if there are too
    /// many or they are not of the type.
    func values<Number: LosslessStringConvertible>() -> [Number]? {
        var numbers: [Number] = []
        var value = from
        while value <= to * (1 + 1e-12) {
            guard numbers.count < Self.countMax, let number: Number = Self.convert(value) else {
                return nil
            }
            numbers.append(number)
            let next = isFactor ? value * step : from + Double(numbers.count) * step
            value = (next * 1e12).rounded() / 1e12
        }
        return numbers
    }

    /// A whole number as "16", which both Int and Double read.
    private static func convert<Number: LosslessStringConvertible>(_ value: Double) -> Number? {
        Int(exactly: value).flatMap { Number("\($0)") } ?? Number("\(value)")
    }
}
