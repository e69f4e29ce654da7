// One emulated NPU. Started by the coordinator, or by any launcher that can pass an address, a
// rank and, through standard input, the run's secret.

import ClusterRuntime

@main
struct WorkerMain {
    static func main() { WorkerProgram.run(CommandLine.arguments) }
}
