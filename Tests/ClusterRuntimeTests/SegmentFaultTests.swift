import ClusterModel
import Exchange
import Routing
import Testing

@testable import ClusterRuntime

@Suite struct `Segments whose bytes are wrong` {
    /// The first mismatch of a step in which one byte was changed when an exchange had ended.
    private func mismatch(
        _ plan: ClusterPlan,
        in segment: StepSegment,
        exchange: Int,
        byte: Int
    ) throws -> (count: Int, text: String) {
        let cluster = try PlayedCluster(plan)
        cluster.tamper = { seen, number, bytes in
            guard seen == segment, number == exchange, bytes.count > byte else { return false }
            bytes[byte] ^= 1
            return true
        }
        _ = try cluster.play(step: 0)
        #expect(cluster.tamper == nil, "nothing was touched")
        return (cluster.verification.mismatches, cluster.verification.firstMismatch)
    }

    @Test(
        arguments: [StepSegment.forward(layer: 0), .backward(layer: 0)],
        [(0, 1), (0, 2), (1, 2)]
    )
    func `are seen by who gets a row`(
        segment: StepSegment,
        way: (exchange: Int, parts: Int)
    ) throws {
        let (exchange, parts) = way
        let seen = try mismatch(
            try PlayedCluster.plan(parts: parts),
            in: segment,
            exchange: exchange,
            byte: 40
        )
        #expect(seen.count == 1)
        let expected = exchange == 0 ? "is not as it was sent" : "did not come back whole"
        #expect(seen.text.contains(expected), "\(seen.text)")
    }

    /// An expert that is another rank's, and a token that is another one.
    @Test(arguments: [(0, 4), (1, 0)])
    func `are seen by who is told whom experts admit`(exchange: Int, byte: Int) throws {
        var plan = try PlayedCluster.plan(.locmoePlus)
        plan.routing.capacityScope = .global
        let seen = try mismatch(
            plan,
            in: .admission(layer: 0),
            exchange: exchange,
            byte: byte
        )
        #expect(exchange == 0 ? seen.count > 1 : seen.count == 1)
        #expect(seen.text.contains("is not one"), "\(seen.text)")
    }

    @Test func `are seen by their parameters where gradients were summed`() throws {
        let cluster = try PlayedCluster(try PlayedCluster.plan())
        cluster.tamper = { segment, exchange, bytes in
            guard segment == .sumDense, exchange == 0, bytes.count > 3 else { return false }
            bytes[3] ^= 0x40
            return true
        }
        let trained = try cluster.play(step: 0)
        #expect(cluster.verification.mismatches == 0)
        #expect(cluster.trainers.map(\.learned.parameters) != trained.learned)
    }

    @Test func `are refused where peers sum something else`() throws {
        let cluster = try PlayedCluster(try PlayedCluster.plan())
        let works = try cluster.works(.sumDense, after: .backward(layer: 0), step: 0)
        #expect(throws: StepProblem.self) {
            try [UInt64(17)].withUnsafeBytes { try works[0].announce($0, from: Rank(1)) }
        }
        #expect(throws: StepProblem.self) {
            try [UInt32(17)].withUnsafeBytes { try works[0].announce($0, from: Rank(1)) }
        }
    }
}
