/// An interrupt that was handed on to a run, and what became of the run.
struct InterruptedRun: Error, CustomStringConvertible {
    let description: String
}
