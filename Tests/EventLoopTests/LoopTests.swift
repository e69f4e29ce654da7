import EventLoop
import Testing

@Suite(.timeLimit(.minutes(10))) struct `A loop` {
    @Test func `dropped with an open handle stops the process and says so`() async {
        let result = await #expect(
            processExitsWith: .failure,
            observing: [\.standardErrorContent]
        ) {
            var loop: Loop? = try Loop()
            if let loop { _ = try RepeatingTimer(on: loop, everyMilliseconds: 1000) {} }
            loop = nil
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("1 open handles: close them first"))
    }
}
