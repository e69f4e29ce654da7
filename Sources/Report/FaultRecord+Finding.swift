extension FaultRecord {
    /// Discoverer, root cause and delay, "rank 2 found from 0 to 2 (bytes took 4.0 times as long) in
    /// step 1 after 1.8 ms, 12.3 µs emulated"; `nil` if nobody found it.
    var finding: String? {
        guard let discoverer else { return nil }
        let delays = [
            detectedAfterMs.map { "\(Figure.fixed($0, 1)) ms" },
            detectedAfterUs.map { "\(Figure.fixed($0, 1)) µs emulated" },
        ].compactMap(\.self)
        return "\(discoverer) found \(cause ?? "it")" + (symptom.map { " (\($0))" } ?? "")
            + (detectedStep.map { " in step \($0)" } ?? "")
            + (delays.isEmpty ? "" : " after " + delays.joined(separator: ", "))
    }
}
