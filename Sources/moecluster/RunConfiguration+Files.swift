// What the files that a plan names, and the routers that are made for them, have against the plan:
// told like any other wrong key, with its place.

import ClusterModel
import Configuration
import Exchange
import Routing
import TokenData

extension RunConfiguration {
    /// The problem of a key that an error stands for; `nil` if something else than the plan is
    /// wrong.
    func problem(_ error: any Error) -> ConfigurationProblem? {
        switch error {
        case let error as TokenDataError:
            key(of: error.file).map { problem(of: $0, seen: error.description) }
        case let error as RoutingError:
            error.key.map { problem(of: $0, seen: error.description) }
        case let error as ExchangeTooLong:
            problem(of: error.key, seen: error.seen)
        default: nil
        }
    }

    private func key(of file: String) -> String? {
        let folders = [
            ("workload.corpus", plan.training.corpus), ("workload.tokens", plan.workload.tokens),
        ]
        return folders.first { file.hasPrefix(($0.1 ?? "/dev/null") + "/") }?.0
    }
}

extension RoutingError {
    /// The key that is to be changed; `nil` where no configuration has one.
    fileprivate var key: String? {
        switch self {
        case .expertsDoNotDivideWidth, .expertsDoNotDivideOverNodes: "model.experts"
        case .topKOutOfRange: "routing.top_k"
        case .gateShape: "routing.routers"
        case .outOfRange(let setting, _, _, _): setting.key
        }
    }
}

extension RoutingError.Setting {
    /// C itself and the width of features are given to `route` alone.
    fileprivate var key: String? {
        switch self {
        case .router: "routing.routers"
        case .experts: "model.experts"
        case .layers: "model.layers"
        case .topK, .capacityFactor, .capacityFloor, .threshold, .expertChoiceFactor, .choicesMax:
            "routing.\(rawValue)"
        case .capacity, .width: nil
        }
    }
}
