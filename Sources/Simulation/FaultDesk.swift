// The faults of a simulated cluster: which wait, which hold, and what they do to what is sent.

import ClusterModel
import FaultPlay
import Faults

/// What faults do to one chunk.
struct ChunkTouch {
    /// Nanoseconds.
    var delay: Int64 = 0
    var isCorrupt = false
    var isTruncated = false
    var isDoubled = false
    var isOvertaken = false
    var isLost = false
    /// Exchanges back of which a stale one comes before it.
    var age: Int?
}

/// How a process starts.
enum SimulatedStart {
    /// Later by so many nanoseconds.
    case usual(Int64)
    case never
    case crash
}

/// Knows all faults of a run.
struct FaultDesk {
    let events: [FaultEvent]
    private let world: Int
    /// By place in `events`.
    var waiting: Set<Int>
    var active: Set<Int> = []
    var applied: Set<Int> = []
    /// When a fault struck or healed last.
    var lastChangeAt: Int64 = 0
    var crashesLeft: [Rank: Int] = [:]
    /// Chunks of each pair so far.
    var messages: [Int]

    init(events: [FaultEvent], world: Int) {
        self.events = events
        self.world = world
        waiting = Set(self.events.indices)
        messages = Array(repeating: 0, count: world * world)
    }

    /// Those that have struck, by place.
    var struck: Set<Int> { Set(events.indices).subtracting(waiting) }

    /// A run that is resumed meets those that had not struck before.
    mutating func goOn(after struck: Set<Int>) {
        waiting = Set(events.indices).subtracting(struck)
    }

    /// What faults do to experts in a step: that follows from the plan alone.
    func expertHurts(in step: Int) -> [ExpertHurt] {
        events.filter { $0.holds(in: step) }.compactMap(\.expertHurt)
    }

    /// Experts that were lost, by faults that showed.
    var lostExperts: Int {
        Set(applied.filter { events[$0].kind == .expert(.lost) }.map { events[$0].target }).count
    }

    /// The place of the first that keeps the folder from being written.
    var refusal: Int? {
        active.sorted().first {
            switch events[$0].kind {
            case .resource(.folderFull), .resource(.folderReadOnly): true
            default: false
            }
        }
    }

    private var held: [FaultEvent] { active.sorted().map { events[$0] } }

    /// The places of those that wait for this moment.
    func due(_ moment: FaultMoment) -> [Int] {
        waiting.filter { events[$0].moment == moment }.sorted()
    }

    /// The places of those that hold until this moment.
    func ending(_ moment: FaultMoment) -> [Int] {
        active.filter { events[$0].span == .until(moment) }.sorted()
    }

    /// How the next process of a rank starts.
    mutating func startOf(_ rank: Rank) -> SimulatedStart {
        var delay: Int64 = 0
        for event in held where event.target == .npu(rank) {
            switch event.kind {
            case .process(.neverStarts): return .never
            case .process(.slowStart(let added)): delay += added.picoseconds / 1000
            default: break
            }
        }
        guard let left = crashesLeft[rank], left > 0 else { return .usual(delay) }
        crashesLeft[rank] = left - 1
        return .crash
    }

    /// How many nanoseconds an expert compute takes that takes `length` without faults.
    func stretched(_ length: Int64, at rank: Rank, step: Int, _ ground: FaultGround) -> Int64 {
        var time = Interval(picoseconds: length * 1000)
        for event in held {
            guard let stretch = event.stretch(of: rank), event.hurt(ground).contains(rank) else {
                continue
            }
            time = stretch.time(for: time, step: step, router: 0, stage: 0)
        }
        return time.picoseconds / 1000
    }
}

// MARK: Links

extension FaultDesk {
    /// Whether nothing passes one way between two ranks.
    func isCut(_ from: Rank, _ to: Rank, _ ground: FaultGround) -> Bool {
        !active.isEmpty && held.contains { $0.cuts(from, to, ground) }
    }

    /// Whether who knocks is turned away.
    func refuses(_ visitor: Rank, _ rank: Rank) -> Bool {
        active.contains {
            events[$0].kind == .connection(.refuse) && events[$0].isAt(visitor, rank)
        }
    }

    /// Whether who knocks is never answered.
    func hangs(_ visitor: Rank, _ rank: Rank) -> Bool {
        active.contains {
            events[$0].kind == .connection(.acceptAndHang) && events[$0].isAt(visitor, rank)
        }
    }

    /// What becomes of a chunk.
    func touch(
        _ from: Rank,
        _ to: Rank,
        _ ground: FaultGround,
        _ random: inout SeededRandom
    ) -> ChunkTouch {
        var touch = ChunkTouch()
        for event in held where event.isOn(from, to, ground) {
            guard case .link(let fault) = event.kind else { continue }
            touch.add(fault, &random)
        }
        return touch
    }

    /// Counts a chunk; its number from 1.
    mutating func count(_ from: Rank, _ to: Rank) -> Int {
        messages[from.index * world + to.index] += 1
        return messages[from.index * world + to.index]
    }
}

extension ChunkTouch {
    fileprivate mutating func add(_ fault: LinkFault, _ random: inout SeededRandom) {
        switch fault {
        case .bandwidth(let factor): delay += Int64(100_000 / factor)
        case .latency(let added, let jitter):
            delay += added.picoseconds / 1000
            delay += Int64(Double(jitter.picoseconds / 1000) * random.nextUnit())
        case .flap(let period): delay += Int64(random.next(below: 2)) * period.picoseconds / 2000
        case .loss(let ratio, let later):
            if ratio.hits(&random) { delay += later.picoseconds / 1000 }
        case .duplicate(let ratio): isDoubled = isDoubled || ratio.hits(&random)
        case .reorder(let ratio): isOvertaken = isOvertaken || ratio.hits(&random)
        case .corrupt(let ratio): isCorrupt = isCorrupt || ratio.hits(&random)
        case .truncate(let ratio): isTruncated = isTruncated || ratio.hits(&random)
        case .drop(let ratio): isLost = isLost || ratio.hits(&random)
        case .stale(let ratio, let age): if ratio.hits(&random) { self.age = age }
        case .down: break
        }
    }
}

extension FaultGround {
    func node(of rank: Rank) -> NodeIndex { NodeIndex(rank.index / npusPerNode) }

    func ranks(of node: NodeIndex) -> [Rank] {
        (0..<npusPerNode).map { Rank(node.index * npusPerNode + $0) }
    }
}

extension FaultEvent {
    /// Whether the link from one rank to another is a target, this way.
    func isOn(_ from: Rank, _ to: Rank, _ ground: FaultGround) -> Bool {
        let isInside = ground.node(of: from) == ground.node(of: to)
        switch target {
        case .pair(let a, let b): return a == from && b == to
        case .npu(let rank): return rank == from || rank == to
        case .link(.hccs), .link(.pcie): return isInside
        case .link(.roce), .link(.uplink): return !isInside
        case .node(let node):
            // Of the server's links an uplink is only those that leave it.
            if case .node = kind, isInside { return false }
            return ground.node(of: from) == node || ground.node(of: to) == node
        case .cluster: return true
        case .expert, .coordinator, .random: return false
        }
    }

    /// Whether a connection between the two is a target, whoever made it.
    func isAt(_ a: Rank, _ b: Rank) -> Bool {
        switch target {
        case .pair(let from, let to): RankSides(from, to) == RankSides(a, b)
        case .npu(let rank): rank == a || rank == b
        default: false
        }
    }

    fileprivate func cuts(_ from: Rank, _ to: Rank, _ ground: FaultGround) -> Bool {
        switch kind {
        case .link(.down), .node(.uplinkDown): return isOn(from, to, ground)
        case .partition(let partition):
            let node: NodeIndex? = if case .node(let node) = target { node } else { nil }
            return partition.cuts(
                ground.node(of: from),
                ground.node(of: to),
                target: node,
                nodes: ground.nodes
            )
        default: return false
        }
    }

    /// Whether it ends or stops processes, the coordinator's or workers'.
    var strikesProcesses: Bool {
        switch kind {
        case .process, .node(.kill), .coordinator: true
        case .compute, .link, .connection, .partition, .node(.uplinkDown), .expert, .resource:
            false
        }
    }

    /// Ranks that it hurts, themselves or a link of theirs.
    func hurt(_ ground: FaultGround) -> [Rank] {
        let all = (0..<ground.world).map(Rank.init)
        switch kind {
        case .process, .compute, .node(.kill), .coordinator(.controlLost),
            .resource(.descriptors):
            switch target {
            case .npu(let rank): return [rank]
            case .node(let node): return ground.ranks(of: node)
            default: return all
            }
        case .coordinator, .expert, .resource: return []
        case .link, .partition, .node, .connection:
            return all.filter { rank in
                all.contains {
                    $0 != rank && (isOn(rank, $0, ground) || isOn($0, rank, ground))
                }
            }
        }
    }
}

extension FaultKind {
    /// Whether it lasts whatever becomes of processes.
    var isOfNoProcess: Bool {
        switch self {
        case .link, .partition, .node(.uplinkDown), .compute, .expert: true
        case .process, .node(.kill), .connection, .coordinator, .resource: false
        }
    }

    /// Whether a strike shows as soon as it is made; experts' by the tokens of a step, the folder's
    /// by what it refuses, and a worker's descriptors where there is a worker.
    var isSeenAtOnce: Bool {
        switch self {
        case .expert, .resource: false
        case .process, .compute, .link, .connection, .partition, .node, .coordinator: true
        }
    }
}

/// Two ranks, whichever comes first.
private struct RankSides: Equatable {
    let low: Int
    let high: Int

    init(_ a: Rank, _ b: Rank) {
        low = min(a.index, b.index)
        high = max(a.index, b.index)
    }
}
