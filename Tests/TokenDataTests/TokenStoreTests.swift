import ClusterModel
import Routing
import Testing
import TokenData

@Suite struct `A folder of tokens` {
    private let folder = Folder()

    private func problem() -> String? {
        do {
            try TokenStore.open(folder.path).checkFinite()
            return nil
        } catch {
            return String(error.description.dropFirst(folder.path.count + 1))
        }
    }

    @Test func `hands out batches`() throws {
        folder.writeTokens()
        let store = try TokenStore.open(folder.path)
        #expect(store.count == 3)
        #expect(store.width == 2)
        let batch = store.batch(tokens: [2, 0])
        #expect(batch.features == [65504, 0, 1, -2])
        #expect(batch.features[1].sign == .minus)
        #expect(batch.tokenIDs == [5, 5])
        #expect(batch.domains == [1, 0])
        #expect(store.tokenFrequencies.counts == [5: 2, 9: 1])
    }

    @Test func `converts every float16 as the language does`() throws {
        let bits = (UInt16.min...UInt16.max).filter { !Float16(bitPattern: $0).isNaN }
        let path = folder.write(
            "all.npy",
            NumpyFile.bytes("<f2", "(\(bits.count), 1)", data: NumpyFile.littleEndian(bits))
        )
        let values = try FeatureMatrix.open(path).allFloats()
        #expect(values.map(\.bitPattern) == bits.map { Float(Float16(bitPattern: $0)).bitPattern })
    }

    @Test func `may hold float32`() throws {
        let words = [Float(1), 1.0004, -2, 0.1, 70000, 0].map(\.bitPattern)
        folder.writeTokens(
            features: NumpyFile.bytes("<f4", "(3, 2)", data: NumpyFile.littleEndian(words))
        )
        let store = try TokenStore.open(folder.path)
        #expect(store.batch(tokens: [0]).features == [1, 1.0004])
    }

    @Test func `may hold ids of any integer type that fit`() throws {
        let files: [(String, [UInt8])] = [
            ("<u4", NumpyFile.littleEndian([1, 4_294_967_295, 0] as [UInt32])),
            ("<i4", NumpyFile.littleEndian([1, 2_147_483_647, 0] as [Int32])),
            ("<i8", NumpyFile.littleEndian([1, 4_294_967_295, 0] as [Int64])),
        ]
        for (descr, data) in files {
            folder.writeTokens(ids: NumpyFile.bytes(descr, "(3,)", data: data))
            #expect(try TokenStore.open(folder.path).tokenIDs.first == 1)
        }
        let negative = NumpyFile.littleEndian([1, -1, 0] as [Int32])
        folder.writeTokens(ids: NumpyFile.bytes("<i4", "(3,)", data: negative))
        #expect(
            problem() == "token_ids.npy holds -1 at token 1, expected an id from 0 to 4294967295"
        )
    }

    @Test func `that is not there names the file`() {
        #expect(problem() == "features.npy cannot be opened: No such file or directory")
    }

    @Test func `cut short says what is there and what was promised`() {
        let whole = NumpyFile.bytes("<f2", "(16384, 384)", data: [0, 0])
        folder.writeTokens(features: whole)
        #expect(
            problem() == "features.npy has \(whole.count) bytes, its header promises 12,582,991: "
                + "it is cut short, copy it again"
        )
    }

    @Test func `with an empty or longer file is refused`() {
        folder.writeTokens(features: [])
        #expect(problem()?.contains("has 0 bytes, its header needs 10") == true)
        folder.writeTokens(domains: NumpyFile.bytes("|u1", "(3,)", data: [0, 0, 1, 1]))
        #expect(problem()?.hasSuffix("save it again") == true)
    }

    @Test func `with other types and shapes says what was expected`() {
        folder.writeTokens(features: NumpyFile.bytes("|u1", "(3,)", data: [1, 2, 3]))
        #expect(
            problem() == "features.npy holds uint8, expected float16 or float32: try a.astype"
        )
        folder.writeTokens(features: NumpyFile.bytes("<f2", "(3,)", data: [1, 2, 3, 4, 5, 6]))
        #expect(
            problem()
                == "features.npy has the shape [3], expected [rows, width], none of them 0"
        )
        folder.writeTokens(features: NumpyFile.bytes("<f2", "(3, 0)", data: []))
        #expect(problem()?.contains("[3, 0]") == true)
    }

    @Test func `whose files disagree says how`() {
        folder.writeTokens(domains: NumpyFile.bytes("|u1", "(2,)", data: [0, 0]))
        #expect(
            problem() == "domains.npy has 2 tokens, features.npy 3: "
                + "expected files of the same tokens"
        )
    }

    @Test func `with a NaN names its place`() {
        let halves: [UInt16] = [0, 0, 0, 0x7E00, 0, 0]
        folder.writeTokens(
            features: NumpyFile.bytes("<f2", "(3, 2)", data: NumpyFile.littleEndian(halves))
        )
        #expect(
            problem() == "features.npy holds NaN at row 1, column 1, expected finite numbers: "
                + "try numpy.nan_to_num"
        )
    }

    @Test func `that is a folder in place of a file is refused`() {
        #expect(throws: TokenDataError(file: "/", problem: "is not a regular file")) {
            try MappedArray.open("/")
        }
    }
}

@Suite struct `The tokens in the project` {
    private static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/") + "/tools/data/tokens"

    @Test func `are 16,384 of 8 domains and route without a zero token`() throws {
        let store = try TokenStore.open(Self.folder)
        try store.checkFinite()
        #expect(store.count == 16384)
        #expect(store.width == 384)
        #expect(store.domains == (0..<16384).map { UInt8($0 / 2048) })
        let batch = store.batch(tokens: Array(stride(from: 0, to: 16384, by: 64)))
        let gate = try #require(GroupedAveragePooling(experts: 16, width: store.width))
        let affinities = gate.affinities(of: batch)
        for token in 0..<batch.count { #expect(affinities.row(token).max()! > 0) }
    }

    @Test func `make a different batch for each rank and step`() throws {
        let store = try TokenStore.open(Self.folder)
        let sampler = BatchSampler(
            domains: store.domains,
            tokensPerRank: 512,
            sharding: .iid,
            nodes: 2,
            npusPerNode: 4,
            seed: 7
        )
        let batches = (0..<12).flatMap { step in
            (0..<8).map { sampler.tokens(of: Rank($0), step: step) }
        }
        #expect(Set(batches).count == 96)
    }
}
