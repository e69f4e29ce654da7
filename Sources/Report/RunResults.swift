// results.json, schema 1: what a run leaves behind, as values. The edge that writes it turns
// `stepTimeUs` into `step_time_us`; nothing here knows JSON. Times in µs are emulated, times in
// ms are wall-clock.

import ClusterModel

/// Everything a run reports.
public struct RunResults: Codable, Sendable, Equatable {
    public var schema = 1
    /// "moecluster 0.1.0".
    public var version: String
    /// "compare", "run" or "simulate".
    public var verb: String
    /// The run's name: its folder's last component.
    public var name: String
    /// ISO 8601, UTC.
    public var started: String
    public var seed: UInt64
    /// "finished", or why not: "interrupted", "failed: worker 3 …".
    public var outcome: String
    /// The resolved configuration; in JSON an object of sections.
    @PlanObject public var plan: [PlanEntry]
    public var host: Host
    public var clock: Clock
    public var routers: [RouterResults]
    /// Trained beside the routers; nil where nothing is.
    public var controls: [ControlResults]?
    public var fidelity: Fidelity
    /// Left for fault injection: empty without faults.
    public var faults: [FaultRecord] = []
    public var survival: Survival
    public var leaks: Leaks
    public var refusals: Refusals

    public init(
        version: String,
        verb: String,
        name: String,
        started: String,
        seed: UInt64,
        outcome: String,
        plan: [PlanEntry],
        host: Host,
        clock: Clock,
        routers: [RouterResults],
        fidelity: Fidelity,
        survival: Survival,
        leaks: Leaks,
        refusals: Refusals,
        controls: [ControlResults]? = nil
    ) {
        self.version = version
        self.verb = verb
        self.name = name
        self.started = started
        self.seed = seed
        self.outcome = outcome
        self.plan = plan
        self.host = host
        self.clock = clock
        self.routers = routers
        self.fidelity = fidelity
        self.survival = survival
        self.leaks = leaks
        self.refusals = refusals
        self.controls = controls
    }
}
