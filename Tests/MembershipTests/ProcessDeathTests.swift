import Membership
import Testing

@Suite struct `Who ended a process` {
    @Test(arguments: [4, 5, 6, 7, 8, 11, 31])
    func `what the kernel sends for a program's own mistakes is a crash`(signal: Int) {
        #expect(ProcessDeath(signal: signal) == .crash)
    }

    @Test(arguments: [1, 2, 9, 15, 24])
    func `any other signal comes from outside`(signal: Int) {
        #expect(ProcessDeath(signal: signal) == .outside)
    }

    @Test func `an exit is no signal`() { #expect(ProcessDeath(signal: 0) == nil) }
}
