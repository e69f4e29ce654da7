extension FaultRecord {
    /// Root cause, discoverer and delay, "npu 3 is the cause, says coordinator after 12 ms"; `nil` if nobody
    /// found it.
    var finding: String? {
        guard let discoverer else { return nil }
        let after = detectedAfterMs.map { ", after \(Figure.wall($0))" } ?? ""
        return (cause.map { "\($0) " } ?? "") + "by \(discoverer)" + after
    }
}
