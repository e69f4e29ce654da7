import ArgumentParser
import Glibc
import Report
import ResultFiles
import Standing

/// `moecluster status`: how a standing cluster is.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Says how a standing cluster is; of one that is gone, what its folder shows."
    )

    @Argument(help: "The folder that 'up' has made; the newest if left out.") var folder: String?
    @Flag(help: "Once a second, until the cluster is gone.") var watch = false
    @OptionGroup var standing: StandingOptions
    @Flag(help: "The status as JSON on stdout, nothing else there.") var json = false
    @OptionGroup var speech: SpeechOptions

    func run() throws {
        let console = speech.console
        let place = try standing.place(folder, console)
        repeat {
            let reply: StandingReply
            do {
                reply = try StandingCall(place: place).ask(.status)
            } catch .nobody(let reason) {
                sayGone(place, reason, console)
                throw Exit.failed
            } catch .broken(let reason) {
                console.error("\(place.folder): \(reason)")
                throw Exit.failed
            }
            guard let status = reply.status else {
                console.error("\(place.folder): \(reply.refusal ?? "an answer without a status")")
                throw Exit.failed
            }
            // On a terminal the new one takes the place of the old.
            let isFollowed = watch && !json && isatty(STDOUT_FILENO) == 1
            let text = json ? line(of: status) : StandingTable.text(of: status)
            try console.result((isFollowed ? "\u{1b}[H\u{1b}[2J" : "") + text)
            if watch { sleep(1) }
        } while watch
    }

    private func line(of status: StandingStatus) -> String {
        watch ? JSONText.encodeLine(status) : JSONText.encode(status)
    }

    private func sayGone(_ place: StandingPlace, _ reason: String, _ console: Console) {
        guard !place.isHeld else {
            console.error(
                "\(place.folder): \(reason), though a coordinator holds the folder; it starts or "
                    + "is writing its last results: try again in a moment"
            )
            return
        }
        console.error("no cluster stands any more. \(place.remains.text)")
    }
}
