import ClusterModel
import MoELayer
import Routing
import Testing

@Suite struct `Checkpoints` {
    private func training(_ kind: Optimizer.Kind = .adam) throws -> LocalTraining {
        try Trainings.make(.experts(.dense), router: .switch, layers: 2, optimizer: kind)
    }

    private func train(_ training: inout LocalTraining, _ steps: Range<Int>) {
        for step in steps { _ = training.train(Trainings.batches(step: step)) }
    }

    private func problem(_ bytes: [UInt8]) -> Checkpoint.Problem? {
        do {
            _ = try Checkpoint(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: Optimizer.Kind.allCases)
    func `resumed and uninterrupted runs end the same bit for bit`(
        kind: Optimizer.Kind
    ) throws {
        var uninterrupted = try training(kind)
        train(&uninterrupted, 0..<8)
        var first = try training(kind)
        train(&first, 0..<3)
        let bytes = Checkpoint(first.state, settings: "mine").bytes

        var resumed = try training(kind)
        var state = resumed.state
        try Checkpoint(bytes).restore(&state, settings: "mine")
        resumed = resumed.with(state)
        #expect(resumed.state == first.state)
        train(&resumed, 3..<8)
        #expect(resumed.state == uninterrupted.state)
    }

    @Test func `of other settings or shapes are refused`() throws {
        let checkpoint = Checkpoint(try training().state, settings: "mine")
        var state = try training().state
        #expect(throws: Checkpoint.Problem.otherSettings(seen: "mine", expected: "yours")) {
            try checkpoint.restore(&state, settings: "yours")
        }
        var other = try Trainings.make(.dense).state
        #expect(throws: Checkpoint.Problem.otherShape) {
            try checkpoint.restore(&other, settings: "mine")
        }
    }

    @Test func `cut short anywhere are refused`() throws {
        let bytes = Checkpoint(try Trainings.make(.none).state, settings: "mine").bytes
        #expect(problem(bytes) == nil)
        for length in [0, 7, 8, 15, 16, 40, bytes.count / 2, bytes.count - 1] {
            #expect(problem(Array(bytes.prefix(length))) != nil, "\(length) bytes")
        }
        #expect(problem(bytes + [0]) != nil)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `with a flipped bit are refused`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var bytes = Checkpoint(try Trainings.make(.none).state, settings: "mine").bytes
        // Half of them near the front, where the counts are.
        let limit = seed.isMultiple(of: 2) ? bytes.count : 60
        bytes[random.next(below: limit)] ^= 1 << UInt8(random.next(below: 8))
        #expect(problem(bytes) != nil)
    }
}
