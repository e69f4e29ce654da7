// What a rank passes on: which flows wait for the bytes of which stream, and when those came.

import ClusterModel

/// Relayed flows of one rank, by the stream that brings their bytes.
struct RelayTable: Sendable {
    private struct Key: Hashable {
        let stage: Int
        let stream: Int
    }

    private struct Flow {
        let port: Int
        let number: Int32
    }

    /// Streams that feed others within their stage: when each of their chunks came.
    private var arrivals: [Key: [Instant]] = [:]
    private var flows: [Key: [Flow]] = [:]

    init(_ program: RankProgram) {
        for (stage, entry) in program.stages.enumerated() {
            for send in entry.exchange?.sends ?? [] {
                guard let key = Self.key(of: send, in: stage, round: entry.role.round) else {
                    continue
                }
                arrivals[key] = []
            }
        }
    }

    /// Whether anything is passed on as it comes.
    var isActive: Bool { !arrivals.isEmpty }

    /// The stream of the same stage that a send waits for; what came in an earlier round is here.
    private static func key(of send: OutgoingStream, in stage: Int, round: Int) -> Key? {
        guard case .relayed(let from, let stream) = send.supply, Int(from) == round else {
            return nil
        }
        return Key(stage: stage, stream: Int(stream))
    }

    /// Whether a send of this stage waits for bytes of the same stage.
    func feeds(_ send: OutgoingStream, in stage: Int) -> Bool {
        guard isActive, case .relayed(_, let stream) = send.supply else { return false }
        return arrivals[Key(stage: stage, stream: Int(stream))] != nil
    }

    /// Joins a flow to its stream; returns when the chunks came that are here already.
    mutating func join(_ send: OutgoingStream, stage: Int, port: Int, flow: Int32) -> [Instant] {
        guard case .relayed(_, let stream) = send.supply else { return [] }
        let key = Key(stage: stage, stream: Int(stream))
        flows[key, default: []].append(Flow(port: port, number: flow))
        return arrivals[key] ?? []
    }

    /// A chunk of a stream is in; returns the flows that wait for it.
    mutating func came(stage: Int, stream: Int, at instant: Instant) -> [(port: Int, flow: Int32)] {
        guard isActive else { return [] }
        let key = Key(stage: stage, stream: stream)
        guard arrivals[key] != nil else { return [] }
        arrivals[key]?.append(instant)
        return (flows[key] ?? []).map { ($0.port, $0.number) }
    }
}
