/// One key of the resolved configuration.
public struct PlanEntry: Codable, Sendable, Equatable {
    /// "links.hccs".
    public var section: String
    /// "bandwidth".
    public var key: String
    /// As it stands in TOML: `"28 GB/s"`, `512`, `["switch", "hash"]`.
    public var toml: String

    public init(section: String, key: String, toml: String) {
        self.section = section
        self.key = key
        self.toml = toml
    }
}
