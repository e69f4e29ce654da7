/// What courses came to, over the seeds; each is learned once, whoever asks.
actor Results {
    static let all = Results()
    private var known: [Course: [Learned]] = [:]
    private var readings: [Reading.Key: Reading] = [:]

    /// One for each seed.
    func of(_ course: Course) throws -> [Learned] {
        if let learned = known[course] { return learned }
        let learned = try Course.seeds.map { seed in
            try Learned(course, reading(Reading.Key(course, seed: seed)), seed: seed)
        }
        known[course] = learned
        return learned
    }

    private func reading(_ key: Reading.Key) throws -> Reading {
        if let reading = readings[key] { return reading }
        let reading = try Reading(key)
        readings[key] = reading
        return reading
    }
}

extension [Learned] {
    /// The mean over the seeds.
    func mean(_ figure: (Learned) -> Double) -> Double {
        map(figure).reduce(0, +) / Double(count)
    }

    /// The mean over the seeds of this over `base`.
    func mean(over base: [Learned], _ figure: (Learned) -> Double) -> Double {
        zip(self, base).map { figure($0) / figure($1) }.reduce(0, +) / Double(count)
    }
}
