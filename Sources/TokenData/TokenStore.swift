import ClusterModel
import Routing

/// A folder of real tokens: features.npy (float16 or float32, [T, d]), token_ids.npy ([T]) and
/// domains.npy (uint8, [T]).
///
/// Features stay mapped; ids and domains, 5 bytes a token, are read.
public struct TokenStore: Sendable {
    public let folder: String
    public let features: FeatureMatrix
    /// Vocabulary ids, [count].
    public let tokenIDs: [UInt32]
    /// Domains, [count].
    public let domains: [UInt8]

    /// T.
    public var count: Int { features.rows }
    /// d.
    public var width: Int { features.width }

    /// Opens the three files and checks each against its header and against the others.
    ///
    /// Values are not looked at: `checkFinite` does that once a run.
    public static func open(_ folder: String) throws(TokenDataError) -> TokenStore {
        let store = TokenStore(
            folder: folder,
            features: try FeatureMatrix.open(folder + "/features.npy"),
            tokenIDs: try TokenColumn.tokenIDs(folder + "/token_ids.npy"),
            domains: try TokenColumn.domains(folder + "/domains.npy")
        )
        for (file, count) in [
            ("token_ids.npy", store.tokenIDs.count), ("domains.npy", store.domains.count),
        ] where count != store.count {
            throw TokenDataError(
                file: folder + "/" + file,
                problem: "has \(count.grouped) tokens, features.npy \(store.count.grouped): "
                    + "expected files of the same tokens"
            )
        }
        return store
    }

    /// Refuses features that are infinite or NaN.
    public func checkFinite() throws(TokenDataError) { try features.checkFinite() }

    /// The batch of some tokens, in their order; indices are those of the store.
    ///
    /// `label` says which batch of the run it is.
    public func batch(tokens: [Int], label: UInt64 = 0) -> TokenBatch {
        var values: [Float] = []
        values.reserveCapacity(tokens.count * width)
        for token in tokens { features.append(token, to: &values) }
        return TokenBatch(
            width: width,
            features: values,
            tokenIDs: tokens.map { tokenIDs[$0] },
            domains: tokens.map { domains[$0] },
            label: label
        )
    }

    /// How often each vocabulary id occurs in the whole store.
    public var tokenFrequencies: TokenFrequencies { TokenFrequencies(of: tokenIDs) }
}
