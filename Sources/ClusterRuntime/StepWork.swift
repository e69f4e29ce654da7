import ClusterModel
import Exchange

/// What the bytes of a step are: packed before it, worked on between exchanges, checked after.
protocol StepWork: AnyObject {
    /// What this rank puts into the step; complete after `ready`.
    var input: RankInput { get }
    /// Announces to a peer what will come from here.
    func counts(for peer: Rank) -> [UInt8]
    /// Takes a peer's announcement.
    func announce(_ counts: UnsafeRawBufferPointer, from peer: Rank) throws(StepProblem)
    /// All announcements are in: makes room for what will come.
    func ready()
    /// Bytes of each message from here and to here, [exchange][peer]; complete after `ready`.
    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) { get }
    /// The program is here: it moves pairs of tokens and experts, or copies that experts share.
    func adopt(isShared: Bool) throws(StepProblem)
    /// A stage of the program has ended.
    func stageEnded(_ role: StageRole)
    /// Whether what has come is being worked on beside the loop. It is done at latest when bytes
    /// leave that are made from it.
    var isAtWork: Bool { get }
    /// The step is given up: when this returns nothing of it touches bytes or models any more.
    func giveUp()
    /// Where the bytes of an exchange for a rank lie.
    func outgoing(exchange: Int, to rank: Rank) -> UnsafeMutableRawBufferPointer
    /// Where the bytes of an exchange from a rank go.
    func incoming(exchange: Int, from rank: Rank) -> UnsafeMutableRawBufferPointer
    /// The clock has stopped: takes what came for what comes next.
    func settle()
    /// Compares every byte with what it must be.
    func verify() -> (Verification, digest: UInt32)
    /// What was learned, `nil` where nothing is trained.
    var learned: RankLearned? { get }
}

extension StepWork {
    func settle() {}
    var isAtWork: Bool { false }
    func giveUp() {}
    func adopt(isShared: Bool) throws(StepProblem) {
        guard !isShared else {
            throw StepProblem(description: "a program that shares tokens in a step that has none")
        }
    }
    var learned: RankLearned? { nil }
}

/// Why a step cannot go on.
struct StepProblem: Error, CustomStringConvertible {
    let description: String
}
