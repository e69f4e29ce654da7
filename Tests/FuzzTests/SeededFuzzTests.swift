import Foundation
import FuzzTargets
import Testing

@Suite struct `Bytes from outside` {
    /// 100,000 inputs of the quickest; tools/fuzz runs millions, sanitised.
    @Test(arguments: FuzzTarget.allCases, UInt64(0)..<4)
    func `never crash a reader`(target: FuzzTarget, seed: UInt64) {
        let tally = FuzzLoop(target, seed: seed).run(250 * target.share)
        #expect(tally.taken > tally.inputs / 250)
        #expect(tally.taken < tally.inputs)
    }

    @Test(arguments: FuzzTarget.allCases)
    func `are taken as we write them, unless they ask for what we refuse`(target: FuzzTarget) {
        #expect(target.samples.contains { target.accepts($0) })
    }

    /// What tools/fuzz begins with, and what it has found and was kept there.
    @Test(arguments: FuzzTarget.allCases)
    func `that are kept in the corpus crash nobody`(target: FuzzTarget) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fuzz/corpus/\(target.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder,
            includingPropertiesForKeys: nil
        )
        let taken = try files.map { target.accepts(Array(try Data(contentsOf: $0))) }
        #expect(taken.count > 10)
        #expect(taken.contains(true))
    }

    @Test(arguments: FuzzTarget.allCases)
    func `are the same for the same seed`(target: FuzzTarget) {
        let one = FuzzLoop(target, seed: 5)
        let other = FuzzLoop(target, seed: 5)
        #expect((0..<100).allSatisfy { one.input($0) == other.input($0) })
    }
}
