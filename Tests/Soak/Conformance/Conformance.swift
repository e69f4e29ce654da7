import ClusterModel
import Exchange
import Links
import Simulation

/// Everything that must hold of one step.
public enum Conformance {
    /// Plays a step and holds it against the rules; returns how many chunks crossed.
    @discardableResult
    public static func check(_ step: SoakCase) throws -> Int {
        try ProgramAudit(step).check()
        let playback = try Playback(step)
        for memory in playback.memories { try memory.check() }
        try PortRules(step, playback).check()
        try checkTime(step, playback)
        try checkEarly(step, playback)
        var simulation = StepSimulation(
            programs: step.programs,
            ports: step.ports,
            chunk: step.chunk
        )
        let simulated = try simulation.run().stageEnds
        try require(simulated == playback.stageEnds, "the simulation ends at other instants")
        return playback.sent.count
    }

    /// Chunks that leave early leave by the model when the others do.
    private static func checkEarly(_ step: SoakCase, _ playback: Playback) throws {
        let early = try Playback(step, window: Interval(picoseconds: 2_500_000))
        try require(
            early.stageEnds == playback.stageEnds,
            "with a window the step ends at \(early.finish), not at \(playback.finish)"
        )
        for memory in early.memories { try memory.check() }
    }

    /// Never below the bound, never above all chunks one after the other.
    private static func checkTime(_ step: SoakCase, _ playback: Playback) throws {
        let finish = playback.finish - Instant.zero
        let bound = LowerBound(of: step.matrix, over: step.ports).relayed
        // Ranks of a group carry a share of each other's messages; a bound is rounded.
        let shares = step.algorithm == .groupwise ? step.ports.layout.parallel.tp : 1
        let least = Interval(picoseconds: bound.picoseconds / Int64(shares) - 1)
        try require(finish >= least, "\(finish) is less than the bound \(least)")
        let most = serial(step, playback)
        try require(finish <= most, "\(finish) is more than all chunks in turn: \(most)")
    }

    private static func serial(_ step: SoakCase, _ playback: Playback) -> Interval {
        var all = Interval.zero
        for sent in playback.sent {
            let route = step.ports.route(from: sent.source, to: sent.stream.peer)
            let rate = step.ports.rate(ofPort: route.egress)
            let bytes = ByteCount(sent.chunk.length)
            all += route.latency + rate.messageOverhead + rate.bandwidth.time(for: bytes)
            all += rate.bandwidth.time(for: bytes)
            for port in [route.sharedOut, route.sharedIn].compactMap(\.self) {
                all += step.ports.bandwidth(ofSharedPort: port).time(for: bytes)
            }
        }
        for program in step.programs {
            for case .wait(let length) in program.stages.map(\.work) { all += length }
        }
        return all
    }
}
