import ClusterModel
import Exchange
import Links
import Wire

/// One of every control message, filled from a seed.
public enum Messages {
    public static func all(seed: UInt64) -> [ControlMessage] {
        var random = SeededRandom(seed: seed)
        return handshake(&random) + step(&random) + fastForward(&random) + life(&random)
    }

    private static func handshake(_ random: inout SeededRandom) -> [ControlMessage] {
        [
            .challenge(Challenge(nonce: bytes(&random))),
            .hello(
                Hello(
                    rank: random.next(below: 4_096),
                    listenPort: random.next(below: 65_536),
                    nonce: bytes(&random),
                    proof: bytes(&random)
                )
            ),
            .welcome(Welcome(proof: bytes(&random))),
            .plan(plan(&random)),
        ]
    }

    private static func step(_ random: inout SeededRandom) -> [ControlMessage] {
        [
            .prepare(
                Prepare(
                    serial: serial(&random),
                    step: serial(&random),
                    router: random.next(below: 9),
                    segment: .backward(layer: random.next(below: 9)),
                    send: counts(&random),
                    receive: counts(&random),
                    experts: [
                        ExpertHurt(expert: ExpertIndex(random.next(below: 99)), kind: .lost),
                        ExpertHurt(expert: ExpertIndex(3), kind: .hot(.one, seed: random.next())),
                    ]
                )
            ),
            .prepare(Prepare(serial: 0, step: 0, router: 0)),
            .prepare(Prepare(serial: 0, step: 0, router: 0, segment: .sumExperts)),
            .prepared(
                Prepared(
                    serial: serial(&random),
                    input: input(&random)
                )
            ),
            .program(serial: serial(&random), Programs.any(&random)),
            .ready(serial: serial(&random)),
            .start(
                Start(
                    serial: serial(&random),
                    at: signed(&random),
                    polls: random.next(below: 2) == 1
                )
            ),
            .finished(serial: serial(&random)),
            .check(serial: serial(&random)),
            .stepDone(
                StepDone(
                    serial: serial(&random),
                    stageEnds: (0..<4).map { _ in Instant(picoseconds: signed(&random)) },
                    lateness: counts(&random),
                    latenessMax: Interval(picoseconds: signed(&random)),
                    verifiedTokens: random.next(below: .max),
                    verifiedBytes: random.next(below: .max),
                    mismatches: random.next(below: .max),
                    firstMismatch: text(&random),
                    digest: UInt32(truncatingIfNeeded: random.next()),
                    learned: RankLearned(
                        loss: Double(signed(&random)) / 4096,
                        tokens: random.next(below: .max),
                        parameters: UInt32(truncatingIfNeeded: random.next())
                    ),
                    refusals: texts(&random)
                )
            ),
        ]
    }

    private static func fastForward(_ random: inout SeededRandom) -> [ControlMessage] {
        [
            .quiet(
                Quiet(
                    serial: serial(&random),
                    wake: Instant(picoseconds: signed(&random)),
                    sent: random.next(below: .max),
                    received: random.next(below: .max)
                )
            ),
            .quiet(Quiet(serial: serial(&random), wake: nil, sent: 0, received: .max)),
            .confirm(serial: serial(&random), round: serial(&random)),
            .confirm(
                serial: serial(&random),
                round: serial(&random),
                asksUpTo: random.next(below: 1 << 16)
            ),
            .confirmed(
                Confirmed(
                    serial: serial(&random),
                    round: serial(&random),
                    quiet: random.next(below: 2) == 0,
                    sent: random.next(below: .max),
                    received: random.next(below: .max)
                )
            ),
            .jump(
                serial: serial(&random),
                skipped: Interval(picoseconds: signed(&random))
            ),
        ]
    }

    private static func ways(_ random: inout SeededRandom) -> RankWays {
        var record = WayRecord(
            peer: Rank(random.next(below: 4_096)),
            bytes: random.next(below: 1 << 40),
            time: Interval(picoseconds: Int64(random.next(below: 1 << 54)))
        )
        record.doubled = random.next(below: 1 << 30)
        record.stale = random.next(below: 1 << 30)
        record.early = random.next(below: 1 << 30)
        record.oddAt = Int64(random.next(below: 1 << 54))
        record.damaged = random.next(below: 1 << 30)
        record.resentBytes = random.next(below: 1 << 40)
        record.mendedAt = Int64(random.next(below: 1 << 54))
        var mark = ImpairmentMark(
            strike: random.next(below: 1 << 30),
            chunks: random.next(below: 1 << 40),
            stage: random.next(below: 1 << 14),
            peer: Rank(random.next(below: 4_096)),
            sequence: random.next(below: 1 << 30)
        )
        mark.sentAt = Int64(random.next(below: 1 << 54))
        var slow = SlowWay(
            peer: Rank(random.next(below: 4_096)),
            arrive: Instant(picoseconds: Int64(random.next(below: 1 << 54)))
        )
        (slow.slow, slow.factor) = (random.next(below: 1 << 40), 1 + random.nextUnit())
        (slow.late, slow.seenAt) = (random.next(below: 1 << 40), Int64(random.next(below: 1 << 54)))
        slow.delay = Interval(picoseconds: Int64(random.next(below: 1 << 54)))
        var ways = RankWays(marks: [mark], records: [record], slow: [slow])
        ways.isWhole = random.next(below: 2) == 0
        return ways
    }

    private static func life(_ random: inout SeededRandom) -> [ControlMessage] {
        [
            .meshReady(connections: random.next(below: 4_096)),
            .failure(reason: text(&random)),
            .ways(serial: serial(&random), ways(&random)),
            .reached(
                ReachedPoint(strike: serial(&random), at: Instant(picoseconds: signed(&random)))
            ),
            .hurt(
                Hurt(
                    kind: ConnectionHurt.allCases[random.next(below: 4)],
                    peers: [Rank(random.next(below: 4_096))],
                    heals: random.next(below: 2) == 0
                )
            ),
            .linkDown(LinkDown(peer: 3, isCorrupt: true, reason: "")),
            .linkDown(
                LinkDown(
                    peer: random.next(below: 4_096),
                    isCorrupt: random.next(below: 2) == 1,
                    reason: text(&random)
                )
            ),
            .abandon(
                Abandon(
                    serial: serial(&random),
                    dropped: [Rank(random.next(below: 4_096))],
                    excluded: [Rank(1), Rank(random.next(below: 4_096))]
                )
            ),
            .abandoned(serial: serial(&random)),
            .strike(Strike(id: serial(&random), deed: .exit(code: random.next(below: 256)))),
            .strike(Strike(id: 0, deed: .holdDescriptors(left: serial(&random)))),
            .strike(Strike(id: serial(&random), deed: .letGo)),
            .struck(Struck(id: serial(&random), refusal: text(&random))),
            .mend(peerPorts: [random.next(below: 65_536), 0]),
            .ping(count: random.next(below: .max)),
            .pong(
                Pong(
                    count: random.next(below: .max),
                    stage: random.next(below: 9),
                    waitsFor: [Rank(random.next(below: 9)), Rank(random.next(below: 9))],
                    missingBytes: [random.next(below: 1 << 40), 0]
                )
            ),
            .stop,
            .bye(Bye(refusals: texts(&random), openHandles: random.next(below: 100))),
        ]
    }

    // MARK: Parts

    private static func serial(_ random: inout SeededRandom) -> Int {
        Int(UInt32(truncatingIfNeeded: random.next()))
    }

    private static func signed(_ random: inout SeededRandom) -> Int64 {
        Int64(bitPattern: random.next())
    }

    public static func bytes(_ random: inout SeededRandom, count: Int = RunSecret.size) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private static func input(_ random: inout SeededRandom) -> RankInput {
        var input = RankInput(
            send: counts(&random),
            kept: counts(&random),
            offered: random.next(below: .max),
            dropped: random.next(below: .max),
            capacity: random.next(below: .max),
            gate: Interval(picoseconds: signed(&random)),
            expert: Interval(picoseconds: signed(&random)),
            bufferBytes: random.next(below: .max)
        )
        input.groups = (0..<random.next(below: 5)).map { _ in
            TokenGroup(
                node: random.next(below: 4_096),
                npus: random.next(),
                tokens: random.next(below: .max)
            )
        }
        return input
    }

    private static func counts(_ random: inout SeededRandom) -> [Int] {
        (0..<random.next(below: 20)).map { _ in random.next(below: .max) }
    }

    private static func text(_ random: inout SeededRandom) -> String {
        ["", "a reason", "größer als 4 µs", "🧵 \"quoted\"\n"][random.next(below: 4)]
    }

    private static func texts(_ random: inout SeededRandom) -> [String] {
        (0..<random.next(below: 4)).map { _ in text(&random) }
    }

    /// With PCIe and uplinks or without.
    private static func links(_ random: inout SeededRandom) -> LinkSettings {
        let topology = HCCSTopology.allCases[random.next(below: HCCSTopology.allCases.count)]
        let hasUplink = random.next(below: 2) == 0
        return LinkSettings(
            hccs: rate(&random),
            topology: topology,
            planeNodes: 1 + random.next(below: 48),
            pcie: topology == .quads ? rate(&random) : nil,
            roce: rate(&random),
            uplink: hasUplink
                ? LeafUplink(
                    nodesPerLeaf: 1 + random.next(below: 8),
                    oversubscription: 1 + random.nextUnit() * 8
                ) : nil
        )
    }

    private static func rate(_ random: inout SeededRandom) -> LinkRate {
        LinkRate(
            bandwidth: Bandwidth(bytesPerSecond: 1 + Int64(random.next(below: 1 << 40))),
            latency: Interval(picoseconds: Int64(random.next(below: 1 << 40))),
            messageOverhead: Interval(picoseconds: Int64(random.next(below: 1 << 30)))
        )
    }

    /// Looks at held-out text and checkpoints stay with the coordinator.
    private static func training(_ random: inout SeededRandom) -> TrainingPlan {
        TrainingPlan(
            corpus: random.next(below: 2) == 0 ? nil : "corpus",
            optimizer: OptimizerKind.allCases[random.next(below: 2)],
            learningRate: 1e-3 + random.nextUnit(),
            locality: random.nextUnit(),
            auxiliary: random.nextUnit(),
            smoothing: 1 - random.nextUnit(),
            softmaxScale: 1 + random.nextUnit(),
            wire: ElementType.allCases[random.next(below: 3)]
        )
    }

    /// Steps, warm-up, layers, preset and baseline stay with the coordinator: here as a worker
    /// sees them.
    private static func plan(_ random: inout SeededRandom) -> WorkerPlan {
        let nodes = 1 + random.next(below: 8)
        let dilation = 1 + random.nextUnit() * 5_000
        let router = RouterName.allCases[random.next(below: RouterName.allCases.count)]
        var plan = WorkerPlan(
            plan: ClusterPlan(
                preset: .custom,
                nodes: nodes,
                npusPerNode: 4,
                dilation: .fixed(dilation),
                links: links(&random),
                parallel: ParallelDegrees(tp: 2, ep: 2 * nodes, dp: 1),
                model: ModelShape(
                    hidden: 1 + random.next(below: 8_192),
                    ffn: 14_336,
                    experts: 4 * nodes,
                    layers: 1,
                    dtype: ElementType.allCases[random.next(below: 3)],
                    utilisation: 0.4,
                    peakFlops: 313e12
                ),
                workload: Workload(
                    tokens: "tokens",
                    tokensPerNPU: 1 + random.next(below: 8_192),
                    sharding: Sharding.allCases[random.next(below: 2)],
                    steps: 1,
                    warmup: 0,
                    seed: random.next()
                ),
                routing: RoutingSettings(
                    routers: [router, .hash],
                    baseline: router,
                    topK: 2,
                    capacityFactor: 1.1,
                    capacityFloor: random.next(below: 9),
                    threshold: 0.9,
                    mode: ModeChoice.allCases[random.next(below: 3)],
                    policy: OverflowPolicy.allCases[random.next(below: 2)],
                    expertChoiceFrom: random.next(below: 2) == 0 ? nil : random.next(below: 500),
                    relevance: RelevanceClass.allCases[random.next(below: 2)],
                    choicesMax: random.next(below: 2) == 0 ? nil : 3,
                    expertChoiceFactor: 1 + random.nextUnit(),
                    capacityRule: random.next(below: 2) == 0 ? nil : .boundErfc,
                    capacityPeriod: 1 + random.next(below: 99),
                    trace: random.next(below: 2) == 0 ? nil : "trace.jsonl"
                ),
                exchange: ExchangeSettings(
                    algorithm: .direct,
                    layout: PayloadLayout.allCases[random.next(below: 2)],
                    chunk: ByteCount(1 + random.next(below: 1 << 20)),
                    pipeline: 1 + random.next(below: 8)
                ),
                training: training(&random)
            ),
            unshaped: random.next(below: 2) == 0,
            peerPorts: (0..<4 * nodes).map { _ in random.next(below: 65_536) },
            dilation: dilation,
            windowNanoseconds: Int64(random.next(below: 1 << 39)),
            catchUpNanoseconds: Int64(random.next(below: 1 << 39))
        )
        if random.next(below: 2) == 0 {
            plan.resends = ResendLimits(
                chunk: 1 + random.next(below: 100),
                step: random.next(below: 1 << 20)
            )
        }
        return plan
    }
}
