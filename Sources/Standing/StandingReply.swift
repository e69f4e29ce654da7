import Report

/// The answer to a request; as JSON on one line.
public struct StandingReply: Codable, Sendable, Equatable {
    /// Why nothing was done; `nil` if it was.
    public var refusal: String?
    /// Refused because the cluster is ending, whatever was asked; `nil`: because of what was asked.
    public var isEnding: Bool?
    /// The numbers of the strikes that were taken up.
    public var faults: [Int]?
    /// The fault as it was understood, for `run --fault`.
    public var fault: String?
    public var status: StandingStatus?

    public init(
        refusal: String? = nil,
        isEnding: Bool? = nil,
        faults: [Int]? = nil,
        fault: String? = nil,
        status: StandingStatus? = nil
    ) {
        self.refusal = refusal
        self.isEnding = isEnding
        self.faults = faults
        self.fault = fault
        self.status = status
    }

    /// The most bytes of a reply that are read.
    public static let bytesMax = 1 << 23
}
