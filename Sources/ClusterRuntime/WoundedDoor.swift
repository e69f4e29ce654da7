// What faults of the plan do at a worker's door.

import ClusterModel

/// Who is not let in as usual.
struct WoundedDoor {
    /// They are sent away.
    var refused: Set<Rank> = []
    /// They are left standing without an answer.
    var hanging: Set<Rank> = []
}
