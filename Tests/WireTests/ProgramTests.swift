import ClusterModel
import Exchange
import Testing
import Wire

@Suite struct `A program on its way` {
    /// The reason by which a changed program is refused, `nil` if it is taken.
    private func refused(_ change: (inout RawProgram) -> Void) throws -> String? {
        var program = RawProgram.sample
        change(&program)
        do {
            _ = try decode(program.envelope)
            return nil
        } catch ControlError.invalid(let reason) {
            return reason
        }
    }

    private func refusedSends(_ change: (inout RawStreams) -> Void) throws -> String? {
        try refused { program in
            if var sends = program.stages[1].sends {
                change(&sends)
                program.stages[1].sends = sends
            }
        }
    }

    private func refusedReceives(_ change: (inout RawStreams) -> Void) throws -> String? {
        try refused { program in
            if var receives = program.stages[1].receives {
                change(&receives)
                program.stages[1].receives = receives
            }
        }
    }

    @Test func `is read column by column`() throws {
        func run(_ origin: Int, _ final: Int, _ offset: Int, _ bytes: Int, _ quantum: Int = 0)
            -> MessageRun
        {
            MessageRun(
                origin: Rank(origin),
                final: Rank(final),
                offset: offset,
                bytes: bytes,
                quantum: quantum
            )
        }
        let exchange = RankExchange(
            sends: [
                OutgoingStream(
                    peer: Rank(0),
                    slot: 3,
                    run: run(1, 0, 8, 50),
                    supply: .own,
                    opensMessage: true
                ),
                OutgoingStream(
                    peer: Rank(2),
                    slot: 4,
                    run: run(0, 2, 16, 100, 10),
                    supply: .relayed(round: 0, stream: 0),
                    opensMessage: false
                ),
            ],
            receives: [
                IncomingStream(peer: Rank(0), run: run(0, 2, 16, 100, 10)),
                IncomingStream(peer: Rank(0), run: run(0, 1, 0, 70)),
            ]
        )
        let program = RankProgram([
            RankProgram.Stage(
                StageRole(.gate),
                after: [],
                .wait(Interval(picoseconds: 5))
            ),
            RankProgram.Stage(StageRole(.dispatch), after: [0], .exchange(exchange)),
        ])
        #expect(try decode(RawProgram.sample.envelope) == .program(serial: 9, program))
    }

    @Test func `is refused with a stage after itself or a later one`() throws {
        #expect(try refused { $0.stages[0].after = [0] } == "stage 0 after [0]")
        #expect(try refused { $0.stages[0].after = [1] } == "stage 0 after [1]")
        #expect(try refused { $0.stages[1].after = [0, 1] } == "stage 1 after [0, 1]")
        #expect(try refused { $0.stages[1].after = [1 << 31] } == "stage 1 after [2147483648]")
    }

    @Test func `is refused with a round that began before the program`() throws {
        #expect(try refused { $0.stages[1].round = 2 } == "stage 1 after [0]")
        #expect(try refused { $0.stages[0].round = 1 } == "stage 0 after []")
    }

    @Test func `is refused with a stage of no known kind or end`() throws {
        #expect(try refused { $0.stages[0].kind = "rest" } == "a stage of kind rest")
        #expect(try refused { $0.stages[1].kind = "" } == "a stage of kind ")
        #expect(try refused { $0.stages[1].end = "never" } == "an exchange that ends with never")
    }

    @Test func `is refused with half an exchange`() throws {
        let reason = "an exchange that ends with ownBytes"
        #expect(try refused { $0.stages[1].sends = nil } == reason)
        #expect(try refused { $0.stages[1].receives = nil } == reason)
    }

    @Test func `is refused with a wait that no sum can hold`() throws {
        let most: UInt64 = 1 << 48
        #expect(try refused { $0.stages[0].wait = most } == nil)
        #expect(try refused { $0.stages[0].wait = most + 1 } == "a wait of \(most + 1) ps")
        #expect(try refused { $0.stages[0].wait = .max } == "a wait of -1 ps")
    }

    @Test func `is refused with no stage, or more than any step has`() throws {
        #expect(try refused { $0.stages = [] } == "0 stages")
        let gate = RawStage(kind: "gate")
        let most = 1 << 14
        let full = Array(repeating: gate, count: most)
        #expect(try refused { $0.stages = full } == nil)
        #expect(try refused { $0.stages = full + [gate] } == "\(most + 1) stages")
    }

    @Test func `is refused with columns of different lengths`() throws {
        let reason = "columns of streams that differ in length"
        let columns: [WritableKeyPath<RawStreams, [UInt64]>] = [
            \.peer, \.origin, \.final, \.offset, \.bytes, \.quantum, \.slot, \.opens,
            \.feedRound, \.feedStream,
        ]
        for column in columns {
            #expect(try refusedSends { $0[keyPath: column].removeLast() } == reason)
            #expect(try refusedSends { $0[keyPath: column].append(1) } == reason)
            #expect(try refusedSends { $0[keyPath: column] = [] } == reason)
        }
        for column in columns.prefix(6) {
            #expect(try refusedReceives { $0[keyPath: column].removeLast() } == reason)
        }
    }

    @Test func `is refused with streams of no bytes`() throws {
        #expect(try refusedSends { $0.bytes[0] = 0 } == "a stream out of range")
        #expect(try refusedReceives { $0.bytes[1] = 0 } == "a stream out of range")
    }

    @Test func `is refused with ranks that no cluster has`() throws {
        let most: UInt64 = 1 << 20
        let columns: [WritableKeyPath<RawStreams, [UInt64]>] = [\.peer, \.origin, \.final]
        for column in columns {
            for rank in [most, 1 << 31] {
                let reason = "a stream out of range"
                #expect(try refusedSends { $0[keyPath: column][0] = rank } == reason)
                #expect(try refusedReceives { $0[keyPath: column][1] = rank } == reason)
            }
            #expect(try refusedSends { $0[keyPath: column][0] = most - 1 } == nil)
        }
    }

    @Test func `is refused with bytes, turns and places that no message has`() throws {
        let limits: [(WritableKeyPath<RawStreams, [UInt64]>, UInt64)] = [
            (\.offset, 1 << 44), (\.bytes, 1 << 44), (\.quantum, 1 << 28), (\.slot, 1 << 30 - 1),
        ]
        for (column, most) in limits {
            #expect(try refusedSends { $0[keyPath: column][0] = most } == nil)
            let reason = try refusedSends { $0[keyPath: column][0] = most + 1 }
            #expect(reason == "a stream out of range")
        }
        #expect(try refusedSends { $0.offset[0] = .max } == "a stream out of range")
    }

    @Test func `is refused with a relay of nothing`() throws {
        let reason = "a relay of a stream that does not come"
        // A stream that nobody sends it, one of other bytes, a round to come, and a gate.
        #expect(try refusedSends { $0.feedStream[1] = 3 } == reason)
        #expect(try refusedSends { $0.feedStream[1] = 2 } == reason)
        #expect(try refusedSends { $0.feedRound[1] = 2 } == reason)
        #expect(try refused { $0.stages[1].round = 1 } == reason)
        #expect(try refusedReceives { $0.bytes[0] = 99 } == reason)
    }

    @Test func `is refused with a feed far away`() throws {
        #expect(try refusedSends { $0.feedRound[1] = 1 << 20 } == "a feed far away")
        #expect(try refusedSends { $0.feedStream[1] = 1 << 30 } == "a feed far away")
    }
}
