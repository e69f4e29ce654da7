import ClusterModel
import Routing
import Standing
import Wire
import WireFixture

extension FuzzTarget {
    /// Good inputs to start from.
    public var samples: [[UInt8]] {
        switch self {
        case .frames: (0..<16).map(Self.frame)
        case .control:
            (UInt64(0)..<4).flatMap { seed in
                Messages.all(seed: seed).map {
                    Array(ControlCodec.encode($0).dropFirst(ControlCodec.prefix))
                }
            }
        case .numpy: Self.numpyHeaders
        case .trace: (UInt64(0)..<8).flatMap { [records($0), rows($0)] }
        case .configuration: ConfigurationSamples.all.map { Array($0.utf8) }
        case .matrix: (UInt64(0)..<16).map(matrix)
        case .standing: Self.requests.map { Array($0.line.utf8) }
        }
    }

    private static func frame(_ seed: Int) -> [UInt8] {
        var random = SeededRandom(seed: UInt64(seed))
        let payload = Messages.bytes(&random, count: random.next(below: 200))
        let header = FrameHeader(
            kind: seed.isMultiple(of: 2) ? .chunk : .counts,
            serial: seed,
            stage: random.next(below: 2),
            source: random.next(below: 8),
            destination: random.next(below: 8),
            stream: random.next(below: 8),
            sequence: random.next(below: 100),
            offset: random.next(below: 1 << 30),
            length: payload.count,
            depart: Instant(picoseconds: Int64(random.next(below: 1 << 40)))
        )
        return payload.withUnsafeBytes { header.encoded(for: $0) } + payload
    }

    /// JSON lines: two steps of ranks 0 and 2, three tokens each.
    private func records(_ seed: UInt64) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        let lines = (0..<4).map { index in
            let experts = (0..<3).map { _ in random.next(below: 8) }
            let kept = seed.isMultiple(of: 2) ? ", \"kept\": [1, 0, 1], \"capacity\": 3" : ""
            return "{\"step\": \(index / 2), \"layer\": 1, \"rank\": \(index % 2 * 2), "
                + "\"num_tokens\": 3, \"topk\": 1, \"top_indices\": \(experts)\(kept)}\n"
        }
        return Array(lines.joined().utf8)
    }

    /// The CSV of `moecluster route --out`, two steps of it.
    private func rows(_ seed: UInt64) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        let header = AssignmentCSV.header.split(separator: "\n")[0]
        let lines = (0..<12).map { token in
            let isKept = random.next(below: 4) > 0
            return "\(token),\(random.next(below: 8)),0.5,0.25,"
                + (isKept ? "\(token / 8),1," : "-1,0,capacity")
        }
        return Array(([String(header)] + lines).map { $0 + "\n" }.joined().utf8)
    }

    /// Three ranks, with comments, empty lines, tabs and the ends of lines of other systems.
    private func matrix(_ seed: UInt64) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        let separator = [" ", "\t", "   "][random.next(below: 3)]
        let end = ["\n", "\r\n", "\n\n"][random.next(below: 3)]
        let lines = (0..<3).map { _ in
            (0..<3).map { _ in "\(random.next(below: 1 << (1 + random.next(below: 40))))" }
                .joined(separator: separator)
        }
        return Array((["# bytes"] + lines).map { $0 + end }.joined().utf8)
    }

    private static var numpyHeaders: [[UInt8]] {
        let types = ["<f2", "<f4", "|u1", "<u2", "<u4", "<i4", "<i8", ">f4"]
        let shapes = ["()", "(3,)", "(3, 4)", "(100000, 4096)", "(9223372036854775807,)"]
        return types.flatMap { type in
            shapes.flatMap { shape in
                [UInt8(1), 2, 3].map { version in
                    let text = Array(
                        "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }   \n"
                            .utf8
                    )
                    let length = (0..<(version == 1 ? 2 : 4)).map { byte in
                        UInt8(truncatingIfNeeded: text.count >> (8 * byte))
                    }
                    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text
                }
            }
        }
    }
}

extension FuzzTarget {
    fileprivate static let requests: [StandingRequest] = [
        .status, .down(now: false), .down(now: true), .heal(0), .heal(41),
        .fault("kind=kill,npu=3"), .fault("kind=kill,npu=3,at=step 5"),
        .fault("kind=straggler,npu=1,factor=3,for=2 steps"),
        .fault("kind=corrupt,from=1,to=2,ratio=1/8,at=3rd message from 1 to 2"),
        .fault("kind=partition,cut=halves,every=3 steps,probability=1/4,for=1 step"),
        .fault("kind=latency,link=roce,added=20 us,jitter=5 us,at=12 ms,until=step 9"),
        .fault("kind=pause,npu=2,for=200 ms"),
    ]
}
