// The unit of all times in one table: µs, or ms where they would be too long to read.

/// A unit of emulated time.
struct TimeUnit {
    var name: String
    /// Its length in µs.
    var us: Double

    /// The unit for a table whose longest time is `longestUs`.
    static func suiting(_ longestUs: Double) -> TimeUnit {
        longestUs < 1e6 ? TimeUnit(name: "µs", us: 1) : TimeUnit(name: "ms", us: 1000)
    }

    /// A time in this unit, without the unit's name.
    func text(_ us: Double) -> String { Figure.time(us / self.us) }
}
