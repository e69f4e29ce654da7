import ArgumentParser

/// Options of verbs that make no folder of a run: how much is said.
struct SpeechOptions: ParsableArguments {
    @Flag(help: "Say nothing but errors on stderr.") var quiet = false
    @Option(help: "How much is said on stderr.") var logLevel = LogLevel.info

    var console: Console { Console(level: logLevel, isQuiet: quiet) }
}
