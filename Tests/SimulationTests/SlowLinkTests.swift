import ClusterModel
import Exchange
import FaultPlay
import Faults
import Links
import Simulation
import Testing
import Workloads

/// A cluster that stands on the figures of a preset.
struct PresetCluster: Sendable, CustomTestStringConvertible {
    let preset: Preset
    let nodes: Int
    let npus: Int
    var tp = 1
    /// Nodes of a leaf, whose uplink is half of what its NICs could use.
    var leaf: Int?

    static let all = [
        PresetCluster(preset: .ascend910B3, nodes: 2, npus: 4),
        PresetCluster(preset: .ascend910B3, nodes: 4, npus: 2, tp: 2, leaf: 2),
        PresetCluster(preset: .ascend910A, nodes: 2, npus: 8),
        PresetCluster(preset: .ascend910A, nodes: 1, npus: 8, tp: 4),
        PresetCluster(preset: .cloudMatrix384, nodes: 3, npus: 4, tp: 2),
    ]

    var testDescription: String { "\(preset.rawValue) \(nodes)x\(npus), tp \(tp)" }

    func ports() throws -> PortMap {
        var links = try #require(preset.links)
        if let leaf { links.uplink = LeafUplink(nodesPerLeaf: leaf, oversubscription: 2) }
        let world = nodes * npus
        return PortMap(
            layout: RankLayout(
                nodes: nodes,
                npusPerNode: npus,
                parallel: ParallelDegrees(tp: tp, ep: world / tp, dp: 1),
                experts: world
            ),
            links: links
        )
    }
}

/// Steps of one exchange with faults of links.
private struct FaultedSteps {
    let cluster: BarePlan
    var matrix: TrafficMatrix
    var book: FaultBook

    init(_ faults: String..., nodes: Int = 2, npus: Int = 2) throws {
        cluster = try BarePlan(nodes: nodes, npus: npus)
        matrix = cluster.matrix(.raggedSources, mean: 1 << 20)
        let specs = try faults.map { try FaultSpec(inline: $0) }
        book = FaultBook(FaultPlan(specs: specs, seed: 5), plan: cluster.plan)
    }

    mutating func play(step: Int, _ algorithm: ExchangeAlgorithm = .direct) throws {
        let ports = cluster.ports
        book.begin(step: step, router: 0)
        let compiled = book.change(
            CompiledStep(
                programs: LayerProgram.bare(matrix, algorithm, over: ports),
                choice: AlgorithmChoice(algorithm, reason: "")
            )
        )
        var simulation = StepSimulation(
            programs: compiled.programs,
            ports: ports,
            chunk: ByteCount(65_536)
        )
        let times = try simulation.run()
        for (rank, ways) in times.ways.enumerated() { book.saw(ways, of: Rank(rank)) }
        book.ended(stageEnds: times.stageEnds)
        book.observe([])
    }

    /// Of two steps, in the second of which the faults hold.
    mutating func played(_ algorithm: ExchangeAlgorithm = .direct) throws -> FaultBook {
        for step in 0..<2 { try play(step: step, algorithm) }
        return book
    }
}

@Suite struct `Slow links in virtual time` {
    /// Ports are shared, leaves are oversubscribed, ranks relay for others: none of that is the
    /// fault of a way.
    @Test(arguments: PresetCluster.all, SyntheticWorkload.allCases)
    func `are none where nothing is hurt`(
        cluster: PresetCluster,
        workload: SyntheticWorkload
    ) throws {
        let ports = try cluster.ports()
        for algorithm in ExchangeAlgorithm.named {
            for chunk in [3_000, 65_536] {
                let matrix = WorkloadMatrix(
                    workload,
                    seed: 3,
                    step: 1,
                    layout: ports.layout,
                    mean: ByteCount(chunk * 3 / 2)
                ).matrix
                var simulation = StepSimulation(
                    programs: LayerProgram.bare(matrix, algorithm, over: ports),
                    ports: ports,
                    chunk: ByteCount(chunk)
                )
                let slow = try simulation.run().ways.flatMap(\.slow)
                #expect(slow.isEmpty, "\(algorithm), chunks of \(chunk)")
            }
        }
    }

    @Test(arguments: [
        ("bandwidth,factor=0.5", LinkSymptom.slower(factor: 2)),
        ("bandwidth,factor=0.875", .slower(factor: 8.0 / 7)),
        ("latency,added=20 us", .later(Interval(picoseconds: 20_000_000))),
        ("flap,period=30 us", nil), ("loss,ratio=1/4,delay=30 us", nil),
        ("link-down,for=30 us", nil),
    ])
    func `are found on the way that is hurt, by who is at its end`(
        fault: String,
        symptom: LinkSymptom?
    ) throws {
        let parts = fault.split(separator: ",", maxSplits: 1)
        let end = fault.hasPrefix("link-down") ? "" : ",for=1 step"
        var steps = try FaultedSteps(
            "kind=\(parts[0]),from=1,to=2,\(parts[1]),at=step 1\(end)"
        )
        let book = try steps.played()
        let outcome = book.outcomes[0]
        let detection = try #require(outcome.detection)
        #expect(detection.discoverer == "rank 2")
        #expect(detection.cause == .pair(from: Rank(1), to: Rank(2)) && detection.others == 0)
        let after = try #require(outcome.detectedAfter)
        #expect(after > .zero && after < Interval(picoseconds: 200_000_000))
        switch (detection.symptom, symptom) {
        case (.slower(let factor), .slower(let expected)?): #expect(abs(factor - expected) < 1e-3)
        case (.later(let delay), .later(let expected)?): #expect(delay == expected)
        case (.later(let delay), nil): #expect(delay > .zero)
        default: Issue.record("\(String(describing: detection.symptom))")
        }
        #expect(book.score().falseAlarms == 0 && book.score().found == book.score().strikes)
    }

    /// Relayed bytes cross the way as well; the ways behind it only get them later.
    @Test(arguments: ExchangeAlgorithm.named)
    func `are found whatever the algorithm, and no other with them`(
        algorithm: ExchangeAlgorithm
    ) throws {
        var steps = try FaultedSteps(
            "kind=bandwidth,from=0,to=2,factor=0.5,at=step 1",
            "kind=latency,from=3,to=1,added=50 us,at=step 1"
        )
        let score = try steps.played(algorithm).score()
        #expect(score.strikes == 2 && score.found == 2 && score.falseAlarms == 0)
    }

    @Test func `are told of as a class, a node's ways or an NPU where all of it is slow`() throws {
        for (fault, cause, nodes) in [
            ("kind=bandwidth,link=roce,factor=0.5,at=step 1", FaultTarget.link(.roce), 2),
            ("kind=latency,npu=2,added=9 us,at=step 1", .npu(Rank(2)), 2),
            ("kind=uplink-down,node=1,at=step 1,for=40 us", .node(NodeIndex(1)), 3),
        ] {
            var steps = try FaultedSteps(fault, nodes: nodes)
            let detection = try steps.played().outcomes[0].detection
            #expect(detection?.cause == cause && detection?.others == 0, "\(fault)")
            #expect(detection?.discoverer == "coordinator")
        }
    }

    /// A way's rate is what its bytes take, not what else its exchange waits for.
    @Test(arguments: [1 << 14, 1 << 23], [0.999, 0.5])
    func `are proven by rates that do not depend on what else is sent`(
        mean: Int,
        factor: Double
    ) throws {
        var steps = try FaultedSteps(
            "kind=bandwidth,link=roce,factor=\(factor),at=step 1,for=1 step"
        )
        try steps.play(step: 0)
        steps.matrix = steps.cluster.matrix(.hotRank, mean: mean)
        try steps.play(step: 1, .balanced)
        steps.matrix = steps.cluster.matrix(.balanced, mean: 1 << 18)
        try steps.play(step: 2)
        let outcome = steps.book.outcomes[0]
        #expect(outcome.isProven)
        let figure = Double(steps.cluster.ports.links.roce.bandwidth.bytesPerSecond)
        guard case .rates(let before?, let during, let after?) = outcome.proofs.first else {
            Issue.record("\(outcome.proofs)")
            return
        }
        for (rate, share) in [(before, 1), (during, factor), (after, 1)] {
            #expect(abs(rate / figure - share) < 1e-4, "\(rate)")
        }
    }

    @Test func `that are slower by less than a tenth are not told of`() throws {
        var steps = try FaultedSteps("kind=bandwidth,from=1,to=2,factor=0.95,at=step 1")
        let book = try steps.played()
        #expect(book.outcomes[0].applied != nil && book.outcomes[0].detection == nil)
    }
}
