import ClusterModel

extension FaultSpec {
    /// The same fault with one thing less to think about: no repetition, no chance, a shorter
    /// span, no phase, a simpler parameter.
    ///
    /// Each lies strictly nearer to an end.
    var simpler: [FaultSpec] {
        let triggers = trigger.simpler.map {
            FaultSpec(kind: kind, target: target, trigger: $0)
        }
        let kinds = kind.simpler.map { FaultSpec(kind: $0, target: target, trigger: trigger) }
        // What a simpler kind cannot be asked for (an end, a target) is not simpler but wrong.
        return (triggers + kinds).filter { (try? FaultSpec(fields: $0.fields)) == $0 }
    }
}

extension FaultTrigger {
    fileprivate var simpler: [FaultTrigger] { once + shorter + earlier }

    private var once: [FaultTrigger] {
        var all: [FaultTrigger] = []
        if every != nil { all.append(FaultTrigger(at: at ?? .step(0, nil), span: span)) }
        if probability != nil { all.append(FaultTrigger(at: at, every: every ?? 1, span: span)) }
        return all
    }

    private var shorter: [FaultTrigger] {
        switch span {
        case .steps(1): []
        case .steps(let count): [with(.steps(count / 2))]
        case .time(let time): time.halved.map { [with(.time($0))] } ?? []
        case .until, .forever: []
        }
    }

    private var earlier: [FaultTrigger] {
        switch at {
        case .step(let step, .some): [at(.step(step, nil))]
        case .step(let step, nil): step == 0 ? [] : [at(.step(step / 2, nil))]
        case .message(let number, let from, let to):
            number == 1 ? [] : [at(.message(number / 2, from: from, to: to))]
        case .time(let time): time.halved.map { [at(.time($0))] } ?? []
        case .launch, nil: []
        }
    }

    private func with(_ span: FaultSpan) -> FaultTrigger {
        FaultTrigger(at: at, every: every, probability: probability, span: span)
    }

    private func at(_ moment: FaultMoment) -> FaultTrigger {
        FaultTrigger(at: moment, every: every, probability: probability, span: span)
    }
}
