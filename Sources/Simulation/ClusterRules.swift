// What must be true of every run of a cluster, whatever befalls it.

import ClusterModel

/// Watches over safety: knows everything, and changes nothing.
struct ClusterRules: Sendable {
    private struct Delivery: Hashable {
        var serial: Int
        var number: Int
        var from: Rank
        var to: Rank
        var incarnation: Int
    }

    private struct Result: Hashable {
        var serial: Int
        var rank: Rank
    }

    private(set) var violations: [String] = []
    private var deliveries: Set<Delivery> = []
    private var results: Set<Result> = []
    private var lastSerial = -1
    private var strikes: Set<Int> = []
    /// Ranks that a fault has hurt, themselves or a link of theirs.
    private var hurt: Set<Rank> = []

    mutating func violate(_ what: String) {
        // One shows that the run is wrong; a thousand would only be slow.
        if violations.count < 8 { violations.append(what) }
    }

    mutating func wasHurt(_ ranks: some Sequence<Rank>) { hurt.formUnion(ranks) }

    /// Who is put down was hurt: whoever waits for the hurt is left alone.
    mutating func putDown(_ ranks: Set<Rank>, because reason: String) {
        let unhurt = ranks.subtracting(hurt).sorted()
        guard !unhurt.isEmpty else { return }
        let names = unhurt.map(\.description).joined(separator: ", ")
        violate("put down though no fault has hurt them: rank \(names): \(reason)")
    }

    /// A rank has one process.
    mutating func started(_ rank: Rank, besideAnother: Bool) {
        if besideAnother { violate("a second process of rank \(rank)") }
    }

    /// A chunk counts once, whole, and never for what was given up.
    mutating func took(
        _ chunk: ChunkWord,
        from: Rank,
        to: Rank,
        incarnation: Int,
        abandonedUpTo: Int
    ) {
        if chunk.isDamaged { violate("rank \(to) took damaged bytes from rank \(from)") }
        if chunk.serial <= abandonedUpTo {
            violate("rank \(to) took a chunk of exchange \(chunk.serial), which it has given up")
        }
        let delivery = Delivery(
            serial: chunk.serial,
            number: chunk.number,
            from: from,
            to: to,
            incarnation: incarnation
        )
        if !deliveries.insert(delivery).inserted {
            violate("rank \(to) took chunk \(chunk.number) of \(chunk.serial) twice")
        }
    }

    /// A rank plays no step that nobody asked for, and none after it was given up.
    mutating func began(_ serial: Int, at rank: Rank, present: Int) {
        if serial > present { violate("rank \(rank) plays exchange \(serial) of the future") }
    }

    /// A rank has one result of an exchange.
    mutating func verified(_ serial: Int, at rank: Rank, isComplete: Bool) {
        if !isComplete { violate("rank \(rank) checked exchange \(serial) with bytes missing") }
        if !results.insert(Result(serial: serial, rank: rank)).inserted {
            violate("a second result of rank \(rank) for exchange \(serial)")
        }
    }

    /// Each step is done once, by everybody, at an exchange that was not given up.
    mutating func done(_ serial: Int, members: Set<Rank>, abandonedUpTo: Int) {
        if serial <= lastSerial { violate("exchange \(serial) is done after \(lastSerial)") }
        if serial <= abandonedUpTo { violate("exchange \(serial) is done, though given up") }
        for rank in members.sorted() where !results.contains(Result(serial: serial, rank: rank)) {
            violate("exchange \(serial) is done without rank \(rank)")
        }
        lastSerial = serial
    }

    /// A fault strikes once, however often the run is resumed.
    mutating func struck(_ id: Int) {
        if !strikes.insert(id).inserted { violate("fault \(id) has struck a second time") }
    }

    /// Nobody outlives the coordinator; who goes on after it counts exchanges anew.
    mutating func resumed(orphans: [Rank]) {
        for rank in orphans { violate("rank \(rank) has outlived its coordinator") }
        results = []
        lastSerial = -1
    }

    /// An expert that is gone serves nobody.
    mutating func routed(_ counts: [Int], hurts: [ExpertHurt], by rank: Rank) {
        for hurt in hurts where hurt.kind == .lost && counts[hurt.expert.index] > 0 {
            violate("rank \(rank) sends tokens to expert \(hurt.expert), which is gone")
        }
    }

    /// A folder has each step up to `count` once and in order, with what every rank should have got.
    mutating func kept(
        _ steps: [StoredStep],
        count: Int,
        expected: (StoredStep) -> [TokenSum]
    ) {
        if steps.map(\.step) != Array(0..<count) {
            violate("the folder has steps \(steps.map(\.step)), expected all before \(count)")
        }
        for step in steps where step.results != expected(step) {
            violate("step \(step.step) has another result than without faults")
        }
    }
}
