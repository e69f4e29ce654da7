// Links on their way to a worker, with the ranges that a configuration has.

import CProtobufC
import CWire
import ClusterModel

extension LinkSettings {
    func fill(_ raw: inout Wire__Links, _ arena: PackingArena) {
        raw.hccs = hccs.message(arena)
        raw.topology = arena.string(topology.rawValue)
        raw.plane_nodes = UInt32(planeNodes)
        raw.pcie = pcie?.message(arena)
        raw.roce = roce.message(arena)
        raw.nodes_per_leaf = UInt32(uplink?.nodesPerLeaf ?? 0)
        raw.oversubscription = uplink?.oversubscription ?? 0
    }

    init(_ raw: Wire__Links?) throws(ControlError) {
        guard let raw else { throw .invalid("a plan without links") }
        self.init(
            hccs: try LinkRate("hccs", raw.hccs?.pointee),
            topology: try named("topology", raw.topology),
            planeNodes: try positive("plane_nodes", raw.plane_nodes),
            pcie: raw.pcie == nil ? nil : try LinkRate("pcie", raw.pcie?.pointee),
            roce: try LinkRate("roce", raw.roce?.pointee),
            uplink: raw.nodes_per_leaf == 0 ? nil : try LeafUplink(raw)
        )
    }
}

extension LeafUplink {
    fileprivate init(_ raw: Wire__Links) throws(ControlError) {
        // No comparison takes a NaN.
        guard (1...1000).contains(raw.oversubscription) else {
            throw .invalid("an oversubscription of \(raw.oversubscription)")
        }
        self.init(
            nodesPerLeaf: try positive("nodes_per_leaf", raw.nodes_per_leaf),
            oversubscription: raw.oversubscription
        )
    }
}

extension LinkRate {
    fileprivate func message(_ arena: PackingArena) -> UnsafeMutablePointer<Wire__LinkRate> {
        arena.message(wire__link_rate__init) { raw in
            raw.bytes_per_second = bandwidth.bytesPerSecond
            raw.latency_ps = latency.picoseconds
            raw.message_overhead_ps = messageOverhead.picoseconds
        }
    }

    fileprivate init(_ name: String, _ raw: Wire__LinkRate?) throws(ControlError) {
        guard let raw, raw.bytes_per_second > 0 else {
            throw .invalid("\(name): a link without bandwidth")
        }
        // Up to 10 s, as in a configuration.
        let range: ClosedRange<Int64> = 0...10_000_000_000_000
        guard range.contains(raw.latency_ps), range.contains(raw.message_overhead_ps) else {
            throw .invalid(
                "\(name): a latency of \(raw.latency_ps) ps and \(raw.message_overhead_ps) ps a message"
            )
        }
        self.init(
            bandwidth: Bandwidth(bytesPerSecond: raw.bytes_per_second),
            latency: Interval(picoseconds: raw.latency_ps),
            messageOverhead: Interval(picoseconds: raw.message_overhead_ps)
        )
    }
}
