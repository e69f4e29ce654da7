/// What courses came to, over the seeds; each is learned once, whoever asks.
actor Results {
    static let all = Results()
    private var known: [Course: Task<[Learned], any Error>] = [:]
    private var readings: [Reading.Key: Task<Reading, any Error>] = [:]

    /// One for each seed.
    func of(_ course: Course) async throws -> [Learned] {
        let learning = known[course] ?? Task { try await learned(course) }
        known[course] = learning
        return try await learning.value
    }

    /// Off the actor, or all seeds of all courses would be learned on one core.
    private nonisolated func learned(_ course: Course) async throws -> [Learned] {
        try await withThrowingTaskGroup(of: (UInt64, Learned).self) { group in
            for seed in Course.seeds {
                group.addTask {
                    let reading = try await self.reading(Reading.Key(course, seed: seed))
                    return (seed, try Learned(course, reading, seed: seed))
                }
            }
            var bySeed: [UInt64: Learned] = [:]
            for try await (seed, learned) in group { bySeed[seed] = learned }
            return Course.seeds.compactMap { bySeed[$0] }
        }
    }

    private func reading(_ key: Reading.Key) async throws -> Reading {
        let reading = readings[key] ?? Task.detached { try Reading(key) }
        readings[key] = reading
        return try await reading.value
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
