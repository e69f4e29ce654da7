import ClusterModel
import Exchange
import Membership

/// A worker's process in a simulated cluster.
struct SimulatedProcess: Sendable {
    /// What a rank has done of the step it plays.
    struct Part: Sendable {
        let serial: Int
        /// Tokens for each peer and chunk of the way there.
        var load: [[TokenSum]]
        /// What experts here give back, by peer and chunk.
        var served: [Rank: [TokenSum]] = [:]
        /// What has come back.
        var result: TokenSum
        var missing: [Rank: Set<Int>]
        var hasBegun = false
        var hasComputed = false
        var hasSent = false
        /// Chunks that came damaged and were asked for again.
        var resends: ResendBook<Incoming>

        /// A chunk of a peer.
        struct Incoming: Hashable, Sendable {
            let peer: Rank
            let number: Int
        }

        /// Whether chunks with these numbers have come from everybody.
        func has(_ numbers: Range<Int>) -> Bool {
            missing.values.allSatisfy { $0.allSatisfy { !numbers.contains($0) } }
        }

        /// The exchange it is in, the first of the two while anything of it is missing.
        var stage: Int { has(ClusterSimulation.dispatch) ? 1 : 0 }

        /// Numbers of the chunks of that exchange.
        var awaited: Range<Int> {
            stage == 0 ? ClusterSimulation.dispatch : ClusterSimulation.combine
        }
    }

    var machine: WorkerMachine
    var incarnation: Int
    var isAlive = false
    var isPaused = false
    var hasPlan = false
    /// Numbers of the connections, by peer.
    var links: [Rank: Int] = [:]
    /// Visitors that came before the plan.
    var door: [(peer: Rank, connection: Int)] = []
    var part: Part?
    /// The step it was told to prepare, and what it was told of experts.
    var told: (step: Int, hurts: [ExpertHurt]) = (0, [])
    /// Connections of which it has an end.
    var sockets: Set<Int> = []
    /// How many it may have; `nil`: as many as it likes.
    var socketsMax: Int?
    /// Its door is shut for good: there was no descriptor to let somebody in with.
    var isDoorShut = false
    /// What happened while it was paused.
    var backlog: [Happening] = []

    /// What it says to a ping: in an exchange, who owes it bytes of the earlier of the two.
    var waiting: Waiting {
        guard let part, part.hasBegun else { return machine.waiting }
        let peers = part.missing.filter { !$0.value.isDisjoint(with: part.awaited) }.keys.sorted()
        return Waiting(stage: part.stage, peers: peers)
    }

    /// Takes a descriptor for a connection, if there is one left.
    mutating func open(_ connection: Int) -> Bool {
        if let max = socketsMax, sockets.count >= max { return false }
        sockets.insert(connection)
        return true
    }

    init(rank: Rank, incarnation: Int) {
        machine = WorkerMachine(rank: rank)
        self.incarnation = incarnation
    }
}
