// Faults that travel: names and numbers on the wire, values on either side of it.

import CWire
import ClusterModel

extension Strike.Deed {
    var name: String {
        switch self {
        case .exit: "exit"
        case .holdDescriptors: "hold-descriptors"
        case .letGo: "let-go"
        }
    }

    /// What `name` alone does not say.
    var number: Int {
        switch self {
        case .exit(let code): code
        case .holdDescriptors(let left): left
        case .letGo: 0
        }
    }
}

extension Strike {
    init(_ raw: Wire__Strike) throws(ControlError) {
        let (name, number) = unsafe (text(raw.deed), Int(raw.number))
        let deed: Deed
        switch name {
        case "exit" where number <= 255: deed = .exit(code: number)
        case "hold-descriptors": deed = .holdDescriptors(left: number)
        case "let-go": deed = .letGo
        default: throw .invalid("a strike \(name) \(number)")
        }
        self.init(id: unsafe Int(raw.id), deed: deed)
    }
}

extension ExpertHurt {
    func fill(_ raw: inout Wire__ExpertHurt) {
        unsafe raw.expert = UInt32(expert.index)
        switch kind {
        case .lost: unsafe raw.lost = 1
        case .hot(let share, let seed):
            unsafe raw.numerator = UInt32(share.numerator)
            unsafe raw.denominator = UInt32(share.denominator)
            unsafe raw.seed = seed
        }
    }

    init(_ raw: Wire__ExpertHurt) throws(ControlError) {
        let expert = unsafe ExpertIndex(Int(raw.expert))
        if unsafe raw.lost != 0 {
            self.init(expert: expert, kind: .lost)
            return
        }
        guard let share = unsafe Ratio(Int(raw.numerator), Int(raw.denominator)) else {
            throw .invalid("a share of tokens that is no ratio")
        }
        self.init(expert: expert, kind: .hot(share, seed: unsafe raw.seed))
    }
}
