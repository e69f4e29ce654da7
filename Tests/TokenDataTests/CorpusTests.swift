import ClusterModel
import Routing
import Testing
import TokenData

@Suite struct `A corpus` {
    private let folder = Folder()

    private func write(domains: Int, tokens: Int, _ id: (Int, Int) -> UInt16) {
        let ids = (0..<domains).flatMap { domain in (0..<tokens).map { id(domain, $0) } }
        _ = folder.write(
            "ids.npy",
            NumpyFile.bytes(
                "<u2",
                "(\(domains), \(tokens))",
                data: NumpyFile.littleEndian(ids)
            )
        )
    }

    private func problem() -> String? {
        do {
            _ = try text(try Corpus.open(folder.path))
            return nil
        } catch {
            return String("\(error)".dropFirst(folder.path.count + 1))
        }
    }

    private func text(
        _ corpus: Corpus,
        classes: Int = 16,
        sharding: Sharding = .iid
    ) throws -> TrainingText {
        try TrainingText(
            corpus,
            classes: classes,
            dealing: .init(
                tokensPerRank: 256,
                sharding: sharding,
                nodes: 2,
                npusPerNode: 2,
                seed: 7
            )
        )
    }

    @Test func `hands out runs of a domain`() throws {
        write(domains: 3, tokens: 5) { UInt16($0 * 10 + $1) }
        let corpus = try Corpus.open(folder.path)
        #expect(corpus.domains == 3)
        #expect(corpus.tokensPerDomain == 5)
        #expect(corpus.ids(domain: 2, 1..<4) == [21, 22, 23])
        #expect(corpus.ids(domain: 0, 5..<5) == [])
    }

    @Test func `that is not there, too short or of another kind says what was expected`() {
        #expect(problem() == "ids.npy cannot be opened: No such file or directory")
        write(domains: 2, tokens: 4095) { _, _ in 1 }
        #expect(problem()?.contains("4,095 tokens a domain, expected at least 4,096") == true)
        write(domains: 257, tokens: 1) { _, _ in 1 }
        #expect(problem()?.contains("257 rows, expected at most 256 domains") == true)
        _ = folder.write("ids.npy", NumpyFile.bytes("<u2", "(4,)", data: [1, 0, 2, 0, 3, 0, 4, 0]))
        #expect(problem()?.contains("expected [domains, tokens]") == true)
        _ = folder.write("ids.npy", NumpyFile.bytes("|u1", "(2, 2)", data: [1, 2, 3, 4]))
        #expect(problem()?.contains("holds uint8, expected uint16") == true)
    }

    @Test func `holds out the last of every 16 sequences of a domain`() throws {
        // Ids name the sequence.
        write(domains: 2, tokens: 33 * 256 + 5) { UInt16($0 * 100 + $1 / 256) }
        let text = try text(try Corpus.open(folder.path), classes: 300)
        func sequences(_ part: TrainingText.Part) -> Set<Int> {
            Set(part.classes.map { $0 == 299 ? -1 : Int(text.vocabulary.ids[Int($0)]) })
        }
        #expect(text.heldOut.classes.count == 4 * 256)
        #expect(text.training.classes.count == 62 * 256)
        // The vocabulary has not seen the held-out ids: all are the rest.
        #expect(sequences(text.heldOut) == [-1])
        let held = [15, 31, 115, 131]
        let known = Set((0..<33).flatMap { [$0, 100 + $0] }).subtracting(held)
        #expect(sequences(text.training) == known)
    }

    @Test(arguments: Sharding.allCases)
    func `is dealt without repetition for a pass, and to its nodes`(sharding: Sharding) throws {
        write(domains: 4, tokens: 32 * 256) { UInt16($0 * 1000 + $1 / 256) }
        let text = try text(try Corpus.open(folder.path), classes: 300, sharding: sharding)
        for part in [text.training, text.heldOut] {
            var seen: [Int] = []
            for step in 0..<part.stepsPerPass {
                for rank in 0..<4 {
                    let (classes, domains) = part.batch(of: Rank(rank), step: step)
                    #expect(classes.count == 256)
                    #expect(Set(domains).count == 1)
                    seen.append(Int(domains[0]) * 300 + classes[0])
                    if sharding == .domain { #expect(Int(domains[0]) % 2 == rank / 2) }
                }
            }
            #expect(part.stepsPerPass == (part.classes.count == 120 * 256 ? 30 : 2))
            // Held-out ids are one class: only training sequences can be told apart.
            if part.classes.count == 120 * 256 { #expect(Set(seen).count == seen.count) }
        }
    }
}

@Suite struct `A reduced vocabulary` {
    @Test func `ranks ids by frequency, equal ones by number, and folds the rest`() {
        let vocabulary = ReducedVocabulary(of: [9, 9, 9, 4, 4, 7, 7, 65535, 0], classes: 4)
        #expect(vocabulary.ids == [9, 4, 7])
        #expect([9, 4, 7, 0, 65535, 1234].map { vocabulary.index(of: $0) } == [0, 1, 2, 3, 3, 3])
    }

    @Test func `may have fewer ids than classes`() {
        let vocabulary = ReducedVocabulary(of: [5, 5], classes: 100)
        #expect(vocabulary.ids == [5])
        #expect(vocabulary.index(of: 6) == 99)
    }
}

@Suite struct `The corpus in the project` {
    private static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/") + "/tools/data/corpus"

    @Test func `is 90.6 % covered by its 2,047 most frequent wordpieces`() throws {
        let corpus = try Corpus.open(Self.folder)
        #expect(corpus.domains == 8)
        #expect(corpus.tokensPerDomain == 297_472)
        let text = try TrainingText(
            corpus,
            dealing: .init(
                tokensPerRank: 512,
                sharding: .domain,
                nodes: 2,
                npusPerNode: 4,
                seed: 7
            )
        )
        let rest = text.training.classes.count { $0 == 2047 }
        let covered = 1 - Double(rest) / Double(text.training.classes.count)
        #expect(abs(covered - 0.906) < 5e-4)
        #expect(text.training.stepsPerPass == 545)
        #expect(text.heldOut.stepsPerPass == 36)
        #expect(text.frequencies.counts.count == 2048)
    }
}
