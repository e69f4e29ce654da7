import Testing

// Schedules, as they were drawn once, in which a bound passed while everybody waited for everybody.

/// A seed of chaos and the faults of its run.
struct WaitingSchedule: Sendable, CustomTestStringConvertible {
    let seed: UInt64
    let faults: [String]

    var testDescription: String { "seed \(seed)" }

    static let all = [
        WaitingSchedule(
            seed: 714,
            faults: [
                "kind=kill,npu=2,at=step 5 gate",
                "kind=compute-jitter,at_most=0.875,npu=1,at=step 4 combine,for=1 step",
                "kind=kill,npu=3,at=step 1 combine",
                "kind=loss,ratio=1/8,delay=202 us,npu=6,at=step 5 dispatch,for=1 step",
                "kind=connection-reset,npu=5,at=step 2 expert",
            ]
        ),
        WaitingSchedule(
            seed: 1193,
            faults: [
                "kind=flap,period=197 us,npu=5,at=step 0 dispatch,for=3 steps",
                "kind=crash-loop,times=2,npu=4,at=launch",
                "kind=latency,added=515 us,jitter=1 us,npu=0,at=step 4 expert,for=1 step",
                "kind=kill,npu=4,at=step 5 combine",
            ]
        ),
        WaitingSchedule(
            seed: 1434,
            faults: [
                "kind=kill,npu=1,at=step 0 combine",
                "kind=bandwidth,factor=0.25,from=3,to=5,at=step 1,for=2 steps",
                "kind=connection-reset,npu=2,at=step 1 expert",
                "kind=accept-and-hang,from=1,to=0,at=step 0 dispatch,for=1 step",
                "kind=accept-and-hang,npu=4,at=step 4 combine,for=1 step",
            ]
        ),
        WaitingSchedule(
            seed: 1515,
            faults: [
                "kind=half-open,from=3,to=0,at=step 2 dispatch,for=1 step",
                "kind=stall,period=401 us,length=200 us,npu=1,at=step 3 combine,for=2 steps",
                "kind=kill,npu=2,at=step 0 gate",
            ]
        ),
        WaitingSchedule(
            seed: 1636,
            faults: [
                "kind=flap,period=567 us,link=hccs,at=step 2 gate,for=3 steps",
                "kind=slow-start,delay=92.08 ms,npu=2,at=launch",
                "kind=crash-loop,times=4,npu=1,at=launch",
                "kind=reorder,ratio=1/1,from=0,to=3,at=step 0 expert,for=2 steps",
            ]
        ),
        WaitingSchedule(
            seed: 2131,
            faults: [
                "kind=exit,code=167,npu=7,at=step 0 expert",
                "kind=stall,period=700 us,length=350 us,npu=7,at=step 2 gate,for=3 steps",
                "kind=kill,npu=7,at=step 0 dispatch",
                "kind=link-down,from=6,to=3,at=6th message from 6 to 3,for=2 steps",
                "kind=bandwidth,factor=0.5,from=3,to=4,at=step 2 gate,for=1 step",
            ]
        ),
        WaitingSchedule(
            seed: 2407,
            faults: [
                "kind=drop,ratio=1/2,link=hccs,at=step 1 combine,for=2 steps",
                "kind=flap,period=572 us,npu=5,at=step 1,for=2 steps",
                "kind=exit,code=101,npu=7,at=step 5 gate",
                "kind=straggler,factor=7.0,npu=0,at=step 3 gate,for=2 steps",
                "kind=drop,ratio=1/8,npu=2,at=step 0,for=1 step",
                "kind=truncate,ratio=1/1,npu=4,at=step 1 expert,for=1 step",
            ]
        ),
        WaitingSchedule(
            seed: 3870,
            faults: [
                "kind=half-open,from=4,to=0,at=step 1 dispatch,for=3 steps",
                "kind=uplink-down,node=0,at=step 4 combine,for=1 step",
                "kind=truncate,ratio=1/4,link=roce,at=step 4 combine,for=1 step",
                "kind=half-open,from=2,to=0,at=step 1 gate,for=3 steps",
                "kind=bandwidth,factor=0.75,link=roce,at=step 3 gate,for=2 steps",
            ]
        ),
        WaitingSchedule(
            seed: 5589,
            faults: [
                "kind=accept-and-hang,npu=3,at=step 4 gate,for=1 step",
                "kind=link-down,link=roce,at=step 1 gate,for=3 steps",
                "kind=half-open,npu=5,at=step 4 gate,for=1 step",
                "kind=truncate,ratio=1/8,npu=6,at=step 4 combine,for=1 step",
                "kind=bandwidth,factor=0.25,link=hccs,at=step 2 gate,for=2 steps",
            ]
        ),
        WaitingSchedule(
            seed: 8306,
            faults: [
                "kind=half-open,from=0,to=2,at=step 3 dispatch,for=1 step",
                "kind=crash-loop,times=1,npu=5,at=launch",
                "kind=node-kill,node=2,at=step 1 combine",
            ]
        ),
        WaitingSchedule(
            seed: 9011,
            faults: [
                "kind=truncate,ratio=1/2,link=hccs,at=step 2 dispatch,for=3 steps",
                "kind=half-open,from=1,to=0,at=step 1 dispatch,for=1 step",
                "kind=partition,shape=node,node=2,at=step 3 combine,for=2 steps",
                "kind=exit,code=1,npu=5,at=step 0 combine",
            ]
        ),
        WaitingSchedule(
            seed: 9150,
            faults: [
                "kind=kill,npu=6,at=step 1",
                "kind=half-open,from=7,to=6,at=6th message from 7 to 6,for=1 step",
                "kind=duplicate,ratio=1/8,npu=3,at=step 3,for=2 steps",
                "kind=accept-and-hang,from=7,to=6,at=step 5 dispatch,for=1 step",
            ]
        ),
    ]
}
