// A worker knows what it sends and what was announced to it; the program it is told to play must
// be about just those bytes. Counts are thus exchanged and checked before any payload.

import ClusterModel
import Links

/// Why a program does not fit the bytes it should move.
public struct ProgramMisfit: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
}

/// Checks one rank's program against its own and its peers' counts.
public struct ProgramCheck {
    private let rank: Rank
    private let program: RankProgram
    /// Bytes to and from each rank, [exchange][peer].
    private let outgoing: [[Int]]
    private let incoming: [[Int]]
    /// Parts that exchanges are cut into.
    private let parts: Int

    public init(
        rank: Rank,
        program: RankProgram,
        outgoing: [[Int]],
        incoming: [[Int]],
        parts: Int
    ) {
        self.parts = parts
        self.rank = rank
        self.program = program
        self.outgoing = outgoing
        self.incoming = incoming
    }

    /// Every run of this rank's own messages lies inside its message, and of each message for it
    /// every byte comes, once.
    public func check() throws(ProgramMisfit) {
        var coming: [Int: [MessageRun]] = [:]
        for stage in program.stages {
            guard stage.role.part < parts else {
                throw ProgramMisfit(
                    description: "a program with part \(stage.role.part) of exchanges that are cut "
                        + "into \(parts)"
                )
            }
            guard let exchange = stage.exchange else { continue }
            let number = stage.role.exchange
            guard outgoing.indices.contains(number) else {
                throw ProgramMisfit(description: "a program with exchange \(number)")
            }
            for send in exchange.sends {
                try checkPeer(send.peer)
                guard send.supply == .own else { continue }
                try checkOwn(send.run, outgoing[number])
            }
            for receive in exchange.receives {
                try checkPeer(receive.peer)
                guard receive.run.final == rank else { continue }
                try checkPeer(receive.run.origin)
                let key = number * incoming[number].count + receive.run.origin.index
                coming[key, default: []].append(receive.run)
            }
        }
        for impairment in program.impairments { try checkPeer(impairment.peer) }
        for (number, messages) in incoming.enumerated() {
            for (origin, bytes) in messages.enumerated() where origin != rank.index {
                let runs = coming[number * messages.count + origin] ?? []
                try checkWhole(runs, of: bytes, from: origin)
            }
        }
    }

    private func checkPeer(_ peer: Rank) throws(ProgramMisfit) {
        guard outgoing[0].indices.contains(peer.index), peer != rank else {
            throw ProgramMisfit(description: "a program with rank \(peer) as peer")
        }
    }

    private func checkOwn(_ run: MessageRun, _ messages: [Int]) throws(ProgramMisfit) {
        guard run.origin == rank, messages.indices.contains(run.final.index),
            run.offset + run.bytes <= messages[run.final.index]
        else {
            throw ProgramMisfit(
                description: "a program that sends bytes \(run.offset) to "
                    + "\(run.offset + run.bytes) of a message from rank \(run.origin) to rank "
                    + "\(run.final) that has not so many"
            )
        }
    }

    private func checkWhole(
        _ runs: [MessageRun],
        of bytes: Int,
        from origin: Int
    ) throws(ProgramMisfit) {
        var next = 0
        for run in runs.sorted(by: { $0.offset < $1.offset }) {
            guard run.offset == next else { break }
            next += run.bytes
        }
        guard next == bytes, runs.reduce(0, { $0 + $1.bytes }) == bytes else {
            throw ProgramMisfit(
                description: "a program that brings \(runs.reduce(0) { $0 + $1.bytes }) bytes "
                    + "from rank \(origin), which announced \(bytes)"
            )
        }
    }
}
