import FoundationEssentials
import ReportFixture
import Testing

@testable import Report

@Suite struct `CSV and trace` {
    @Test func `every step's row has a field for each column`() throws {
        let columns = try #require(CSV.fields(of: StepsCSV.header))
        for step in SampleRun.steps() {
            #expect(CSV.fields(of: StepsCSV.row(step))?.count == columns.count)
        }
        #expect(
            StepsCSV.header == """
                step,router,is_warmup,step_time_us,simulated_us,alltoall_us,\
                simulated_alltoall_us,gate_us,dispatch_us,expert_us,combine_us,wait_us,\
                slowest_rank,bound_direct_us,bound_relayed_us,local_bytes,intra_node_bytes,\
                inter_node_bytes,offered_pairs,routed_pairs,dropped_pairs,capacity_pairs,\
                lateness_p99_us,lateness_max_us,digest_crc32c,wall_ms,algorithm,overlap_share,\
                sum_us,train_loss
                """
        )
    }

    @Test func `a link survives its row, whatever its router is called`() {
        let link = LinkRecord(
            router: "a,\"b\"",
            from: 1,
            to: 2,
            linkClass: "roce",
            bytes: 5,
            busyUs: 0.25
        )
        #expect(LinksCSV.row(link) == "\"a,\"\"b\"\"\",1,2,roce,5,0.25")
        #expect(LinksCSV.link(from: LinksCSV.row(link)) == link)
        #expect(LinksCSV.header == "router,from_rank,to_rank,link_class,payload_bytes,busy_us")
    }

    @Test(arguments: ["", "a,1,2,roce,5", "a,1,2,roce,5,x", "\"a,1,2,roce,5,1", "a\"b,1,2,r,5,1"])
    func `nonsense is no link`(row: String) {
        #expect(LinksCSV.link(from: row) == nil)
    }

    private struct Trace: Decodable {
        var traceEvents: [Event]
    }

    private struct Event: Decodable {
        var ph: String
        var name: String
        var pid: Int
        var tid: Int
        var ts: Double?
        var dur: Double?
    }

    @Test func `the trace is JSON with a slice for each phase, rank and step`() throws {
        let steps = SampleRun.steps()
        let text = TraceJSON.text(of: steps, npusPerNode: 4)
        let events = try JSONDecoder().decode(Trace.self, from: Data(text.utf8)).traceEvents
        let slices = events.filter { $0.ph == "X" }
        #expect(slices.count == steps.count * (8 * 4 + 1))
        #expect(slices.allSatisfy { ($0.dur ?? -1) >= 0 })
        #expect(Set(slices.map(\.pid)) == [0, 1, 2])
        #expect(slices.filter { $0.tid == 5 }.allSatisfy { $0.pid == 1 })
        let end = slices.map { ($0.ts ?? 0) + ($0.dur ?? 0) }.max() ?? 0
        #expect(abs(end - steps.reduce(0) { $0 + $1.stepTimeUs }) < 1e-6)
        #expect(
            events.filter { $0.ph == "M" }.map(\.name).filter { $0 == "thread_name" }.count == 8
        )
    }

    @Test func `slices of a thread do not cross, and each thread has a name`() throws {
        var steps = SampleRun.steps()
        for rank in steps[0].ranks.indices {
            steps[0].ranks[rank].stages = [
                StageSpan(name: "dispatch 1", isExchange: true, start: 0, end: 5),
                StageSpan(name: "dispatch 2", isExchange: true, start: 3, end: 9),
                StageSpan(name: "expert 1", isExchange: false, start: 5, end: 8),
                StageSpan(name: "combine 1", isExchange: true, start: 8, end: 12),
            ]
        }
        let text = TraceJSON.text(of: steps, npusPerNode: 4)
        let events = try JSONDecoder().decode(Trace.self, from: Data(text.utf8)).traceEvents
        let threads = Dictionary(grouping: events.filter { $0.ph == "X" }) { [$0.pid, $0.tid] }
        for slices in threads.values {
            let ordered = slices.sorted { ($0.ts ?? 0) < ($1.ts ?? 0) }
            for (a, b) in zip(ordered, ordered.dropFirst()) {
                #expect((a.ts ?? 0) + (a.dur ?? 0) <= (b.ts ?? 0) + 1e-9)
            }
        }
        let named = Set(events.filter { $0.name == "thread_name" }.map { [$0.pid, $0.tid] })
        #expect(threads.keys.filter { $0[1] > 0 }.allSatisfy(named.contains))
        #expect(Set(events.filter { $0.name == "dispatch 2" }.map(\.tid)).min() == 2_000_000)
    }

    @Test func `a trace without steps is a trace`() throws {
        let text = TraceJSON.text(of: [], npusPerNode: 0)
        let trace = try JSONDecoder().decode(Trace.self, from: Data(text.utf8))
        #expect(trace.traceEvents.map(\.name) == ["process_name"])
    }
}
