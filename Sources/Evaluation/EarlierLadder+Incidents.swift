import ClusterModel
import Membership
import Report

extension EarlierLadder {
    /// From what a folder tells of incidents; `steps` are those that it keeps.
    ///
    /// Folders of older versions do not say how much of a limit was taken: one, which it mostly is.
    public init(_ incidents: [IncidentRecord], steps: [(step: Int, without: Set<Rank>)]) {
        let taken = incidents.compactMap { incident in
            RecoveryMeasure(rawValue: incident.measure).map {
                EarlierMeasure(
                    $0,
                    charge: incident.charge ?? 1,
                    leftOut: Set((incident.leftOut ?? []).map(Rank.init))
                )
            }
        }
        self.init(taken: taken, steps: steps)
    }
}
