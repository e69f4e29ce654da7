// The page of a run.

/// The page of a run.
public enum ReportHTML {
    /// The page.
    public static func text(
        of results: RunResults,
        steps: [StepRecord],
        links: [LinkRecord],
        folder: String,
        vegaScript: String?
    ) -> String {
        "<!doctype html>"
    }
}
