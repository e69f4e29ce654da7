import ArgumentParser
import Glibc
import ResultFiles
import Standing

/// `moecluster down`: the end of a standing cluster.
struct DownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Ends a standing cluster after the step under way, and says what became of it."
    )

    @Argument(help: "The folder that 'up' has made; the newest if left out.") var folder: String?
    @Flag(help: "Give up the step under way.") var now = false
    @Option(help: "How long to wait for the end, at most.") var wait = WallTime(seconds: 120)
    @OptionGroup var standing: StandingOptions
    @Flag(help: "Results as JSON on stdout, nothing else there.") var json = false
    @OptionGroup var speech: SpeechOptions

    func run() throws {
        let console = speech.console
        let place = try standing.place(folder, console)
        var wasUp = true
        do {
            _ = try StandingCall(place: place).ask(.down(now: now))
        } catch .nobody {
            // It may be writing its last results.
            wasUp = place.isHeld
        } catch .broken(let reason) {
            console.warning("\(place.folder): \(reason)")
        }
        guard place.waitUntilFree(within: wait.seconds) else {
            console.error(
                "\(place.folder): its coordinator has not ended within \(Int(wait.seconds)) s; "
                    + "try --now, or a longer --wait"
            )
            throw Exit.failed
        }
        if place.clean() { console.info("a killed coordinator's socket was removed") }
        let remains = place.remains
        if !wasUp { console.info("it was down already") }
        if json {
            try console.result(JSONText.encode(try LoadedRun.load(place.folder).results))
        } else {
            try console.result(remains.text)
        }
        // Who was down before is what was asked for, unless it had failed.
        if remains.hasFailed || wasUp && !remains.isGood { throw Exit.failed }
    }
}
