// A fault that is asked for by hand, held against the cluster that it is to meet: what --fault and
// [[faults]] are held against as well.

import ClusterModel
import Configuration
import Faults
import Standing

/// Reads faults for a cluster that stands.
struct HandFault {
    private let configuration: RunConfiguration
    private let next: Int

    /// `next`: the first step that has not begun, and the moment of a fault that names none.
    init(_ configuration: RunConfiguration, next: Int) {
        self.configuration = configuration
        self.next = next
    }

    /// The fault that `text` asks for.
    ///
    /// - Throws: everything that is wrong with it, a line each.
    func spec(of text: String) throws(StandingRefusal) -> FaultSpec {
        var spec: FaultSpec
        do throws(FaultProblems) {
            spec = try FaultSpec(inline: text, usual: .step(next, nil))
        } catch {
            throw StandingRefusal(Self.lines(error.problems))
        }
        let problems = spec.problems(on: FaultGround(configuration.plan))
        guard problems.isEmpty else { throw StandingRefusal(Self.lines(problems)) }
        guard spec.trigger.at != .launch else {
            throw StandingRefusal(
                "faults.kind: \"\(spec.kind.name)\" happens at launch, and this cluster has been "
                    + "launched; expected another kind, or --fault at the next up"
            )
        }
        guard spec.kind != .coordinator(.kill) else {
            throw StandingRefusal(
                "faults.kind: \"\(spec.kind.name)\" would end the cluster for good, and nobody could "
                    + "say what it survived; expected another kind, or a run, which goes on with --resume"
            )
        }
        if let at = spec.trigger.at, at.isBefore(step: next) {
            throw StandingRefusal("faults.at: \"\(at)\" has begun, expected step \(next) or later")
        }
        if let obstacle = spec.obstacle(on: .real) {
            throw StandingRefusal("faults: this version cannot play \(obstacle)")
        }
        // What repeats does so from now on, in a run that plays it again as well.
        if spec.trigger.at == nil {
            spec.trigger.at = .step(next, nil)
            spec.trigger.every = spec.trigger.every ?? 1
        }
        return spec
    }

    private static func lines(_ problems: [FaultProblem]) -> String {
        problems.map {
            "faults\($0.key.isEmpty ? "" : ".\($0.key)"): \($0.seen), expected \($0.expected)"
        }
        .joined(separator: "\n")
    }
}
