/// A figure of a preset and where it is from: a source, or the word "assumed".
public struct PresetFigure<Value: Hashable & Sendable>: Hashable, Sendable {
    public var value: Value
    public var source: String

    public init(_ value: Value, _ source: String) {
        self.value = value
        self.source = source
    }
}

extension PresetFigure<Bandwidth> {
    static func gigabytesPerSecond(_ value: Double, _ source: String) -> Self {
        Self(Bandwidth(bytesPerSecond: Int64(value * 1e9)), source)
    }
}

extension PresetFigure<Interval> {
    public static func microseconds(_ value: Int64, _ source: String) -> Self {
        Self(Interval(picoseconds: value * 1_000_000), source)
    }
}

extension PresetFigure<Double> {
    static func teraflops(_ value: Double, _ source: String) -> Self {
        Self(value * 1e12, source)
    }
}

extension PresetFigure<ByteCount> {
    static func gigabytes(_ value: Int, _ source: String) -> Self {
        Self(ByteCount(value * 1_000_000_000), source)
    }
}
