import EventLoop
import Glibc
import Testing

@Suite struct `Side work` {
    @Test func `runs on another thread, and says on the loop's that it is done`() throws {
        let loop = try Loop()
        var ranOn: pthread_t?
        var endedOn: pthread_t?
        let work = SideWork { ranOn = pthread_self() }
        try work.start(on: loop) { endedOn = pthread_self() }
        loop.run()
        #expect(endedOn == pthread_self())
        #expect(ranOn != nil && ranOn != pthread_self())
    }

    @Test func `is done once, by whoever comes first`() throws {
        let loop = try Loop()
        var runs = 0
        var ends = 0
        for _ in 0..<50 {
            let work = SideWork { runs += 1 }
            try work.start(on: loop) { ends += 1 }
            work.finish()
            work.finish()
        }
        #expect(runs == 50)
        loop.run()
        #expect((runs, ends) == (50, 50))
    }

    @Test func `who waits for it sees all of what it did`() throws {
        let loop = try Loop()
        var values = [Int](repeating: 0, count: 100_000)
        let work = SideWork { for index in values.indices { values[index] = index } }
        try work.start(on: loop) {}
        work.finish()
        #expect(values.last == 99_999)
        loop.run()
    }

    @Test func `its thread gives way, the loop's does not`() throws {
        let loop = try Loop()
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        let before = getpriority(process, 0)
        var beside: Int32?
        let work = SideWork { beside = getpriority(process, 0) }
        try work.start(on: loop) {}
        loop.run()
        let expected = min(19, getpriority(process, id_t(getpid())) + 5)
        #expect(beside == expected)
        #expect(getpriority(process, 0) == before)
    }
}
