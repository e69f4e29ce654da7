import ClusterModel
import Links

/// n - 1 rounds: in round k a rank sends to the k-th after it and receives from the k-th before
/// it, and goes on when both are done (HCCL's and MPI's pairwise exchange).
enum PairwiseSchedule {
    static func plan(_ messages: MessageMatrix, _ ports: PortMap) -> ExchangeSchedule {
        let world = ports.layout.world
        let rounds = max(1, world - 1)
        let ends = (1...rounds).map { $0 == rounds ? ExchangeEnd.ownBytes : .bothWays }
        var builder = ScheduleBuilder(world: world, ends: ends)
        for rank in ports.layout.ranks {
            for step in 1..<max(2, world) {
                let peer = Rank((rank.index + step) % world)
                guard let run = messages.run(from: rank, to: peer) else { continue }
                builder.send(run, from: rank, to: peer, round: step - 1)
            }
        }
        return builder.schedule
    }
}
