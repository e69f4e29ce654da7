import ArgumentParser
import Exchange
import Membership
import Report

/// `moecluster bench`: exchanges alone.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures exchanges alone, and links.",
        subcommands: [AllToAllCommand.self, LinksCommand.self]
    )
}

extension Exit {
    /// Prints whatever a verb throws and ends with the code it stands for.
    static func onFailure(_ console: Console, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let code as ExitCode {
            throw code
        } catch {
            console.error("\(error)")
            if error is ExchangeTooLong { throw Exit.configuration }
            let isInterrupted = error as? RunFailure == .interrupted || error is InterruptedRun
            throw isInterrupted ? Exit.interrupted : Exit.failed
        }
    }

    /// Says the verdict, and ends with its code under `--strict`.
    static func onSuspicion(_ verdict: Fidelity?, isStrict: Bool, _ console: Console) throws {
        guard let verdict else { return }
        console.info(
            "verdict: \(verdict.verdict)" + (verdict.advice.isEmpty ? "" : ": ") + verdict.advice
        )
        if isStrict, verdict.verdict == "suspect" { throw Exit.untrusted }
    }
}
