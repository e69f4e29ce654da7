/// What results.json says of faults and of what became of the run.
extension ProgramRun {
    /// Starts `verb` on a small cluster that these faults hurt.
    convenience init(_ verb: String, faults: [String], policy: String? = nil, _ more: [String] = [])
        throws
    {
        let options = faults.flatMap { ["--fault", $0] }
        let recovery = policy.map { ["--set", "recovery.policy=\($0)"] } ?? []
        try self.init(verb, Self.small + options + recovery + more)
    }

    var faults: [[String: Any]] { results["faults"] as? [[String: Any]] ?? [] }

    private var survival: [String: Any] { results["survival"] as? [String: Any] ?? [:] }
    var verdict: String? { survival["verdict"] as? String }
    var reasons: [String] { survival["reasons"] as? [String] ?? [] }
    /// Whether it ended as without faults; `nil` if not compared.
    var equality: Bool? { survival["state_is_equal"] as? Bool }
    /// What was compared, or why nothing was.
    var stateNote: String? { survival["state_note"] as? String }
    var incidents: [[String: Any]] { survival["incidents"] as? [[String: Any]] ?? [] }

    /// Facts of each fault, in words.
    var evidence: [[String]] { faults.map { $0["evidence"] as? [String] ?? [] } }
    var areProven: [Bool] { faults.map { $0["is_proven"] as? Bool ?? false } }

    /// Nothing was left behind.
    var isClean: Bool {
        results["leaks"] as? [String: Int] == ["processes": 0, "sockets": 0, "shared_memory": 0]
    }
}
