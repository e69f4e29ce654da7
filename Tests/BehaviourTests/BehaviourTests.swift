import Testing

/// What the papers report and a comparison that is right has to show.
///
/// Each is a mean over five seeds at 2 x 8 or 4 x 4 NPUs. What does not come out stands in the README,
/// with its figures.
struct Behaviour {
    private func learned(_ course: Course) async throws -> [Learned] {
        try await Results.all.of(course)
    }

    @Test func `hash is as flat as the commonest class lets it be, and learning leaves it so`()
        async throws
    {
        let hash = try await learned(.commonWords)
        // 1 would be flat; one expert gets all of a class.
        #expect(hash.mean(\.loadOfClass) > 1.2)
        #expect(hash.mean(\.loadAtEnd) < 1.15 * hash.mean(\.loadOfClass))
        let drift = hash.mean(\.loadAtEnd) / hash.mean(\.loadAtStart)
        #expect((0.9...1.1).contains(drift), "from start to end the load changes by \(drift)")
    }

    @Test func `a switch without its auxiliary loss collapses on few experts`() async throws {
        let balanced = try await learned(.switch)
        let collapsing = try await learned(.collapsing)
        let (without, with) = (collapsing.mean(\.loadAtEnd), balanced.mean(\.loadAtEnd))
        #expect(without > 2 * with, "\(without) without, \(with) with")
        #expect(without > 2 * collapsing.mean(\.loadAtStart))
        // With the loss, learning evens out.
        #expect(with < balanced.mean(\.loadAtStart))
        // What is above an expert's slots is lost.
        #expect(collapsing.mean(\.computed) < 0.6 * balanced.mean(\.computed))
    }

    @Test(arguments: [(2, 8), (4, 4)])
    func `locmoe sends fewer bytes between nodes while there is an expert for every node`(
        nodes: Int,
        npus: Int
    ) async throws {
        let locmoe = try await learned(.locmoe.on(nodes, npus))
        for other in [Course.switch, .hash] {
            let rival = try await learned(other.on(nodes, npus))
            let bytes = locmoe.mean(over: rival, \.away)
            #expect(bytes < 0.95, "\(bytes) of \(other.router)")
            // Not for what it drops alone: what it computes is nearer.
            let distance = locmoe.mean(over: rival, \.awayOfComputed)
            #expect(distance < 0.97, "\(distance) of \(other.router)")
        }
    }

    @Test func `locmoe loses its edge where nodes outnumber experts`() async throws {
        let few = try await learned(.locmoe).mean(over: learned(.switch), \.awayOfComputed)
        let many = try await learned(.locmoe.replicated(16, 1))
            .mean(over: learned(.switch.replicated(16, 1)), \.awayOfComputed)
        #expect(many > 0.95, "of what is computed, \(many) of switch's is on another node")
        #expect(many > few + 0.03, "\(few) with 2 nodes, \(many) with 16")
    }

    @Test func `locmoe+ computes 40 to 60 % fewer tokens than there are slots`() async throws {
        let saved = try await learned(.locmoePlus).mean(\.savedOfSlots)
        #expect((0.4...0.6).contains(saved), "\(saved)")
    }

    @Test func `with slots of each source's own, most of what locmoe+ gains is compute`()
        async throws
    {
        let plus = try await learned(.locmoePlus.alone)
        let base = try await learned(.switch.alone)
        let gain = base.mean(\.step) - plus.mean(\.step)
        let compute = base.mean(\.expert) - plus.mean(\.expert)
        #expect(gain > 0.02 * base.mean(\.step), "\(gain) of \(base.mean(\.step)) µs")
        #expect(compute > gain / 2, "\(compute) of \(gain) µs")
    }

    @Test func `what locmoe+ saves between nodes shrinks as nodes are added`() async throws {
        let two = try await learned(.locmoePlus).mean(over: learned(.switch), \.away)
        let four = try await learned(.locmoePlus.on(4, 4))
            .mean(over: learned(.switch.on(4, 4)), \.away)
        #expect(two < four, "\(two) of switch's bytes with 2 nodes, \(four) with 4")
        #expect(four < 0.9)
    }
}
