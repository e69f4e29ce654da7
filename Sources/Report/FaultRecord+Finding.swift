extension FaultRecord {
    /// Discoverer, root cause and delay, "coordinator found npu 3 after 1.8 ms"; `nil` if nobody found
    /// it.
    var finding: String? {
        guard let discoverer else { return nil }
        let after = detectedAfterMs.map { " after \(Figure.fixed($0, 1)) ms" } ?? ""
        return "\(discoverer) found \(cause ?? "it")" + after
    }
}
