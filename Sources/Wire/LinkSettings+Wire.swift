// Links on their way to a worker, with the ranges that a configuration has.

import CProtobufC
import CWire
import ClusterModel

extension LinkSettings {
    func fill(_ raw: inout Wire__Links, _ arena: PackingArena) {
        unsafe raw.hccs = hccs.message(arena)
        unsafe raw.topology = arena.string(topology.rawValue)
        unsafe raw.plane_nodes = UInt32(planeNodes)
        unsafe raw.pcie = pcie?.message(arena)
        unsafe raw.roce = roce.message(arena)
        unsafe raw.nodes_per_leaf = UInt32(uplink?.nodesPerLeaf ?? 0)
        unsafe raw.oversubscription = uplink?.oversubscription ?? 0
    }

    init(_ raw: Wire__Links?) throws(ControlError) {
        guard let raw = unsafe raw else { throw .invalid("a plan without links") }
        unsafe self.init(
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
        guard unsafe (1...1000).contains(raw.oversubscription) else {
            throw .invalid(unsafe "an oversubscription of \(raw.oversubscription)")
        }
        unsafe self.init(
            nodesPerLeaf: try positive("nodes_per_leaf", raw.nodes_per_leaf),
            oversubscription: raw.oversubscription
        )
    }
}

extension LinkRate {
    fileprivate func message(_ arena: PackingArena) -> UnsafeMutablePointer<Wire__LinkRate> {
        unsafe arena.message(wire__link_rate__init) { raw in
            unsafe raw.bytes_per_second = bandwidth.bytesPerSecond
            unsafe raw.latency_ps = latency.picoseconds
            unsafe raw.message_overhead_ps = messageOverhead.picoseconds
        }
    }

    fileprivate init(_ name: String, _ raw: Wire__LinkRate?) throws(ControlError) {
        guard let raw = unsafe raw, unsafe raw.bytes_per_second > 0 else {
            throw .invalid("\(name): a link without bandwidth")
        }
        // Up to 10 s, as in a configuration.
        let range: ClosedRange<Int64> = 0...10_000_000_000_000
        guard unsafe range.contains(raw.latency_ps), unsafe range.contains(raw.message_overhead_ps)
        else {
            throw .invalid(
                unsafe "\(name): a latency of \(raw.latency_ps) ps and \(raw.message_overhead_ps) ps a message"
            )
        }
        unsafe self.init(
            bandwidth: Bandwidth(bytesPerSecond: raw.bytes_per_second),
            latency: Interval(picoseconds: raw.latency_ps),
            messageOverhead: Interval(picoseconds: raw.message_overhead_ps)
        )
    }
}
