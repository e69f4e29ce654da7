// trace.json: every step as slices on a timeline, in Chrome's trace event format, which Perfetto
// (ui.perfetto.dev) and chrome://tracing open.

/// The trace of a run in emulated time.
///
/// A process is an emulated node, a thread an NPU; steps lie one after the other, as if nothing
/// passed between them. Exchanges of an NPU that computes meanwhile have threads of their own, as
/// many as lie side by side: slices of a thread must not cross. One more process shows each step as a
/// whole.
public enum TraceJSON {
    /// The trace of `steps`.
    ///
    /// - Parameters:
    ///   - steps: in the order in which they ran.
    ///   - npusPerNode: how many consecutive ranks are one node, at least 1.
    /// - Returns: the document; `ts` and `dur` are emulated µs.
    public static func text(of steps: [StepRecord], npusPerNode: Int) -> String {
        let perNode = max(npusPerNode, 1)
        let ranks = steps.map(\.ranks.count).max() ?? 0
        let stepsProcess = (ranks + perNode - 1) / perNode
        let lanes = steps.flatMap(\.ranks).compactMap(\.stages).map { Self.lanes($0).count }.max()
        var events = names(
            ranks: ranks,
            npusPerNode: perNode,
            stepsProcess: stepsProcess,
            lanes: lanes ?? 0
        )
        var start = 0.0
        for step in steps {
            events.append(whole(step, start: start, process: stepsProcess))
            for (rank, times) in step.ranks.enumerated() {
                let place = Place(process: rank / perNode, thread: rank)
                events += slices(of: times, step: step, start: start, place: place)
            }
            start += step.stepTimeUs
        }
        return """
            {"displayTimeUnit": "ms", "otherData": {"clock": "emulated time"}, "traceEvents": [
            \(events.joined(separator: ",\n"))
            ]}

            """
    }

    private struct Place {
        var process: Int
        var thread: Int
    }

    private static func names(
        ranks: Int,
        npusPerNode: Int,
        stepsProcess: Int,
        lanes: Int
    ) -> [String] {
        let nodes = (0..<stepsProcess).map { name("process_name", "node \($0)", process: $0) }
        let npus = (0..<ranks).map {
            name("thread_name", "NPU \($0)", process: $0 / npusPerNode, thread: $0)
        }
        let exchanges = (0..<ranks).flatMap { rank in
            (0..<lanes).map { lane in
                name(
                    "thread_name",
                    "NPU \(rank) exchanges" + (lane > 0 ? " \(lane + 1)" : ""),
                    process: rank / npusPerNode,
                    thread: thread(ofLane: lane, rank: rank)
                )
            }
        }
        return [name("process_name", "steps", process: stepsProcess)] + nodes + npus + exchanges
    }

    private static func name(
        _ kind: String,
        _ value: String,
        process: Int,
        thread: Int = 0
    ) -> String {
        #"{"ph": "M", "name": "\#(kind)", "pid": \#(process), "tid": \#(thread), "#
            + #""args": {"name": \#(JSONString.quote(value))}}"#
    }

    private static func whole(_ step: StepRecord, start: Double, process: Int) -> String {
        let place = Place(process: process, thread: 0)
        let label = "\(step.router) step \(step.step)\(step.isWarmup ? " (warm-up)" : "")"
        return slice(label, step, from: start, to: start + step.stepTimeUs, place: place)
    }

    private static func slices(
        of times: RankTimes,
        step: StepRecord,
        start: Double,
        place: Place
    ) -> [String] {
        if let stages = times.stages { return slices(of: stages, step, start, place) }
        let ends = [
            ("gate", times.gateEnd), ("dispatch", times.dispatchEnd),
            ("expert", times.expertEnd), ("combine", times.combineEnd),
        ]
        var from = start
        return ends.map { phase, end in
            defer { from = start + end }
            return slice(phase, step, from: from, to: start + end, place: place)
        }
    }

    /// Computing and exchanging overlap, and so do exchanges of several parts.
    private static func slices(
        of stages: [StageSpan],
        _ step: StepRecord,
        _ start: Double,
        _ place: Place
    ) -> [String] {
        let computed = stages.filter { !$0.isExchange }.map { (place.thread, $0) }
        let exchanged = lanes(stages).enumerated().flatMap { lane, spans in
            spans.map { (thread(ofLane: lane, rank: place.thread), $0) }
        }
        return (computed + exchanged).map { thread, stage in
            slice(
                stage.name,
                step,
                from: start + stage.start,
                to: start + stage.end,
                place: Place(process: place.process, thread: thread)
            )
        }
    }

    /// Exchanges, dealt out so that those of a lane come one after the other.
    private static func lanes(_ stages: [StageSpan]) -> [[StageSpan]] {
        var lanes: [[StageSpan]] = []
        for stage in stages.filter(\.isExchange).sorted(by: { $0.start < $1.start }) {
            if let free = lanes.firstIndex(where: { $0.last.map(\.end) ?? 0 <= stage.start }) {
                lanes[free].append(stage)
            } else {
                lanes.append([stage])
            }
        }
        return lanes
    }

    /// Threads of exchanges are numbered from a million on.
    private static func thread(ofLane lane: Int, rank: Int) -> Int {
        1_000_000 * (lane + 1) + rank
    }

    private static func slice(
        _ name: String,
        _ step: StepRecord,
        from: Double,
        to: Double,
        place: Place
    ) -> String {
        let router = JSONString.quote(step.router)
        let length = JSONString.number(max(0, to - from))
        return #"{"ph": "X", "name": \#(JSONString.quote(name)), "cat": \#(router), "#
            + #""ts": \#(JSONString.number(from)), "dur": \#(length), "#
            + #""pid": \#(place.process), "tid": \#(place.thread), "#
            + #""args": {"router": \#(router), "step": \#(step.step)}}"#
    }
}
