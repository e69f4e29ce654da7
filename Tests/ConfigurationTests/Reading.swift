// What the tests of this folder share.

import ClusterModel
import Configuration
import Testing

/// The plan of `text`, read as "cluster.toml", or the report of what is wrong with it.
func read(_ text: String, set: [String] = []) -> Result<ClusterPlan, ConfigurationProblems> {
    do {
        let overrides = set.map(Override.init(set:))
        return .success(
            try PlanReader.plan(from: text, file: "cluster.toml", overrides: overrides)
        )
    } catch {
        return .failure(error)
    }
}

/// The lines of the report on `text`; empty where nothing is wrong.
func report(_ text: String, set: [String] = []) -> [String] {
    switch read(text, set: set) {
    case .success: []
    case .failure(let error): error.problems.map(\.description)
    }
}

/// A text, or an option, and the one line that must be said about it.
struct Mistake: CustomTestStringConvertible, Sendable {
    var text = ""
    var set: [String] = []
    var says: String

    var testDescription: String { says }
}

/// The routers as a message lists them.
let routerNames = [
    "switch", "hash", "locmoe", "locmoe+", "gshard", "expert-choice", "tcr", "ecr", "rre", "smile",
    "ada-k", "rmoe", "pre-gated",
].map { "\"\($0)\"" }.joined(separator: ", ")
