import Faults
import Membership

extension RecoveryLadder {
    /// The ladder of `[recovery]`.
    init(_ policy: RecoveryPolicy) {
        self.init(
            policy.ladder.map { rung in
                let measure: RecoveryMeasure =
                    switch rung {
                    case .retry: .retry
                    case .restart: .restart
                    case .exclude: .exclude
                    case .abort: .abort
                    }
                return LadderRung(measure, limit: policy.limit(rung))
            }
        )
    }
}
