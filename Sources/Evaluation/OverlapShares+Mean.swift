import ClusterModel
import Report

extension OverlapShares {
    /// The mean over ranks.
    init(mean activities: [Activity]) {
        func sum(_ part: (Activity) -> Double) -> Double { activities.reduce(0) { $0 + part($1) } }
        let parts = [
            sum { $0.computation.seconds }, sum { $0.communication.seconds },
            sum { $0.overlap.seconds }, sum { $0.idle.seconds },
        ]
        let all = max(parts.reduce(0, +), .leastNormalMagnitude)
        self.init(
            computation: parts[0] / all,
            communication: parts[1] / all,
            overlap: parts[2] / all,
            idle: parts[3] / all
        )
    }
}
