// Strikes at links: into the programs of a segment, and out of what ranks saw of them.

import ClusterModel
import Exchange
import Faults
import Links

extension FaultBook {
    /// The programs with what holds at links in the segment, and with the ways that are watched.
    mutating func impair(_ programs: inout [RankProgram]) {
        guard !links.isEmpty else { return }
        for index in links.indices {
            let event = outcomes[links[index].id].event
            let isEnded = links[index].endedIn.map { clock.attempt > $0 } ?? false
            links[index].cover = isEnded ? nil : clock.cover(event)
            if isEnded { heal(links[index].id) }
            var random = SeededRandom(
                seed: event.seed,
                UInt64(clock.step),
                UInt64(clock.router),
                UInt64(clock.attempt)
            )
            for (rank, impairment) in links[index].impairments(seed: random.next())
            where programs.indices.contains(rank.index) {
                programs[rank.index].impairments.append(impairment)
            }
            healIfOver(index)
        }
        for (rank, peers) in watched where programs.indices.contains(rank.index) {
            programs[rank.index].watched = peers
        }
    }

    /// What held before, and holds no more.
    private mutating func healIfOver(_ index: Int) {
        let id = links[index].id
        guard outcomes[id].applied != nil, outcomes[id].healed == nil,
            links[index].router == clock.router, clock.isOver(outcomes[id].event)
        else { return }
        let event = outcomes[id].event
        outcomes[id].healed = FaultStamp(
            step: clock.step,
            time: clock.ending(of: event, on: links[index].senders) ?? clock.stamp.time
        )
    }

    /// Says of strikes that began or ended within what has been played when they did, to the
    /// picosecond.
    mutating func stampTimes() {
        for index in links.indices {
            let id = links[index].id
            if outcomes[id].applied?.step == clock.step, links[index].router == clock.router,
                let time = clock.beginning(of: outcomes[id].event, on: links[index].senders)
            {
                outcomes[id].applied?.time = time
            }
            healIfOver(index)
        }
    }

    /// What ended in the step that begins again has not.
    mutating func holdAgain() {
        for link in links
        where outcomes[link.id].healed?.step == clock.step && link.router == clock.router
            && !clock.isOver(outcomes[link.id].event)
        {
            outcomes[link.id].healed = nil
        }
    }

    /// What a rank saw of impaired and watched ways in the segment that is being played.
    public mutating func saw(_ ways: RankWays, of rank: Rank) {
        for mark in ways.marks {
            guard let index = links.firstIndex(where: { $0.id == mark.strike }) else { continue }
            let chunk = FaultedChunk(
                step: clock.step,
                phase: clock.phase(ofStage: mark.stage),
                from: rank,
                to: mark.peer,
                sequence: mark.sequence
            )
            links[index].saw(mark, first: chunk, of: clock.router)
            if let sort = links[index].sort {
                let place = TouchBook.Place(way: RankWay(from: rank, to: mark.peer), sort: sort)
                claim(touches.touch(mark.chunks, at: place, by: mark.strike), on: place.way)
            }
            if outcomes[mark.strike].applied == nil { outcomes[mark.strike].applied = clock.stamp }
            // Of one that an earlier run has applied this run's clock tells when it heals.
            if links[index].router == nil { links[index].router = clock.router }
        }
        for record in ways.records {
            let way = RankWay(from: record.peer, to: rank)
            for index in links.indices where links[index].ways.contains(way) {
                links[index].saw(record, isWhole: ways.isWhole, clock: clock)
            }
            for sort in OddSort.allCases {
                let place = TouchBook.Place(way: way, sort: sort)
                let chunks = sort.count(in: record)
                claim(touches.find(chunks, at: place, since: record.oddAt), on: way)
            }
        }
        for index in links.indices { prove(index) }
        slowWays.add(ways.slow, of: rank)
    }

    private mutating func claim(_ claims: [TouchBook.Claim], on way: RankWay) {
        for claim in claims {
            guard let index = links.firstIndex(where: { $0.id == claim.strike }) else { continue }
            links[index].claim(claim, on: way, clock: clock)
        }
    }

    mutating func prove(_ index: Int) {
        let link = links[index]
        guard outcomes[link.id].applied != nil else { return }
        var proofs: [FaultProof] = []
        if let rates = link.rates {
            proofs.append(rates)
        } else if let symptom = outcomes[link.id].detection?.symptom {
            // Without a step before it or after it the links' own figures are what to compare with.
            proofs.append(.slowed(symptom))
        }
        let chunks = seesArrivals && link.isFoundByOrder ? link.odd : link.chunks
        if let first = link.first, chunks > 0 { proofs.append(.chunks(chunks, first: first)) }
        outcomes[link.id].proofs = proofs
        noteResends(link)
        guard let found = link.oddFirst,
            outcomes[link.id].detection == nil || link.isFoundByReceivers
        else { return }
        links[index].isFoundByReceivers = true
        outcomes[link.id].detection = FaultDetection(
            discoverer: "rank \(found.way.to)",
            cause: .pair(from: found.way.from, to: found.way.to),
            afterMs: link.sentAt > 0 ? Double(max(0, found.at - link.sentAt)) / 1e6 : 0
        )
    }

    /// What was sent again comes before what was done later and harder.
    private mutating func noteResends(_ link: LinkStrike) {
        guard link.mended > 0,
            !outcomes[link.id].recoveries.contains(where: { $0.measure == .resend })
        else { return }
        let record = RecoveryRecord(measure: .resend, succeeded: true)
        outcomes[link.id].recoveries.insert(record, at: 0)
    }

    /// When the last chunk that a strike had damaged came whole, host nanoseconds; `nil` if that
    /// is not known.
    public func mendedAt(_ id: Int) -> Int64? {
        links.first { $0.id == id && $0.mendedAt > 0 }?.mendedAt
    }

    /// When the first chunk that a strike hurt went to its socket, host nanoseconds; `nil` if that is not known.
    public func touchedAt(_ id: Int) -> Int64? {
        links.first { $0.id == id && $0.sentAt > 0 }?.sentAt
    }
}

// MARK: Connections

extension FaultBook {
    /// The strikes at connections that were applied and hurt the one between two ranks.
    func connectionStrikes(between a: Rank, and b: Rank) -> [Int] {
        outcomes.filter { outcome in
            guard case .connection = outcome.event.kind, mayBeMet(outcome) else { return false }
            return switch outcome.event.target {
            case .npu(let rank): rank == a || rank == b
            case .pair(let from, let to): Set([from, to]) == Set([a, b])
            default: false
            }
        }
        .map(\.event.id)
    }

    /// Whether somebody may meet what a strike has done to a connection.
    ///
    /// A connection that was closed behind the last bytes of a step is found to be so in the next
    /// one, with which a strike for a step has ended.
    private func mayBeMet(_ outcome: FaultOutcome) -> Bool {
        guard let applied = outcome.applied else { return false }
        guard outcome.event.kind.traits.lasts else { return applied.step >= clock.step - 1 }
        return outcome.healed.map { $0.step == clock.step } ?? true
    }

    /// A connection that a strike holds on was found broken, with this reason.
    public mutating func broke(_ id: Int, _ reason: String) {
        guard case .connection = outcomes[id].event.kind else { return }
        outcomes[id].proofs.append(.connectionError(reason))
    }
}
