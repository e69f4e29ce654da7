import Testing

@Suite struct `Jumps in a system of messages` {
    @Test(arguments: UInt64(0)..<1_000)
    func `never pass over anything that happens`(seed: UInt64) throws {
        var system = MessageSystem(seed: seed)
        try system.run()
    }

    @Test func `do happen`() throws {
        var jumps = 0
        for seed in UInt64(0)..<100 {
            var system = MessageSystem(seed: seed)
            try? system.run()
            jumps += system.jumps
        }
        #expect(jumps > 100)
    }
}
