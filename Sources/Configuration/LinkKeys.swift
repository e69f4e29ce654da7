// The keys under [links]. A class of link has the same keys wherever it stands.

import ClusterModel

/// The part of the key table that speaks of links.
enum LinkKeys {
    static let all = hccs + pcie + roce + uplink

    private static let hccs = [
        KeyEntry(
            "links.hccs.bandwidth",
            \.plan.links.hccs.bandwidth,
            .linkRate(like: "28 GB/s"),
            .preset { $0.links?.hccs.bandwidth }
        ),
        KeyEntry(
            "links.hccs.latency",
            \.plan.links.hccs.latency,
            .linkLatency(like: "3 us"),
            .preset { $0.links?.hccs.latency }
        ),
        KeyEntry(
            "links.hccs.message_overhead",
            \.plan.links.hccs.messageOverhead,
            .linkLatency(like: "1 us"),
            .preset { $0.links?.hccs.messageOverhead ?? .zero }
        ),
        KeyEntry(
            "links.hccs.topology",
            \.plan.links.topology,
            .choice(),
            .preset { $0.links?.topology }
        ),
        KeyEntry(
            "links.hccs.nodes",
            \.plan.links.planeNodes,
            .whole(1...4096),
            .preset { $0.links?.planeNodes ?? 1 }
        ),
    ]

    private static let pcie = [
        KeyEntry(
            "links.pcie.bandwidth",
            \.pcie.bandwidth,
            .optional(.linkRate(like: "32 GB/s")),
            .value(nil)
        ),
        KeyEntry(
            "links.pcie.latency",
            \.pcie.latency,
            .optional(.linkLatency(like: "3 us")),
            .value(nil)
        ),
        KeyEntry(
            "links.pcie.message_overhead",
            \.pcie.messageOverhead,
            .optional(.linkLatency(like: "1 us")),
            .value(nil)
        ),
    ]

    private static let roce = [
        KeyEntry(
            "links.roce.bandwidth",
            \.plan.links.roce.bandwidth,
            .linkRate(like: "200 Gbit/s"),
            .preset { $0.links?.roce.bandwidth }
        ),
        KeyEntry(
            "links.roce.latency",
            \.plan.links.roce.latency,
            .linkLatency(like: "10 us"),
            .preset { $0.links?.roce.latency }
        ),
        KeyEntry(
            "links.roce.message_overhead",
            \.plan.links.roce.messageOverhead,
            .linkLatency(like: "1 us"),
            .preset { $0.links?.roce.messageOverhead ?? .zero }
        ),
    ]

    private static let uplink = [
        KeyEntry(
            "links.uplink.nodes_per_leaf",
            \.uplink.nodesPerLeaf,
            .optional(.whole(1...4096)),
            .value(nil)
        ),
        KeyEntry(
            "links.uplink.oversubscription",
            \.uplink.oversubscription,
            .optional(.number(1...1000)),
            .value(nil)
        ),
    ]
}

extension ValueReader<Bandwidth> {
    fileprivate static func linkRate(like example: String) -> Self {
        .rate("1 KB/s", to: "100 TB/s", like: example)
    }
}

extension ValueReader<Interval> {
    fileprivate static func linkLatency(like example: String) -> Self {
        .latency("0 us", to: "10 s", like: example)
    }
}

extension ValueReader {
    /// The same for a key whose absence is a value, too; `nil` cannot be written.
    fileprivate static func optional<Given>(_ reader: ValueReader<Given>) -> Self
    where Value == Given? {
        Self(expected: reader.expected) { (seen) throws(Refusal) in try reader.read(seen) }
    }
}
