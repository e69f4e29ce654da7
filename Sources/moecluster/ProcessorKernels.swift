// OpenBLAS chooses its kernels when it is loaded; a processor it does not know gets its oldest ones,
// and learning takes twice the processor time.

import ClusterRuntime
import Glibc
import MoELayer

/// Helps OpenBLAS to the kernels that this processor can run.
enum ProcessorKernels {
    /// OpenBLAS's own way to be told.
    ///
    /// What somebody has set stays as it is; workers inherit it.
    private static let variable = "OPENBLAS_CORETYPE"

    /// Starts this program anew, as the same process, if better kernels would run here.
    static func choose() {
        guard getenv(variable) == nil,
            let better = ProductKernels.better(
                than: ProductKernels.name,
                cpuinfo: HostFile.text("/proc/cpuinfo")
            )
        else { return }
        setenv(variable, better, 1)
        Interruption.waits()
        execv(Program.ownPath, CommandLine.unsafeArgv)
        // It could not be started: slower products are no reason to fail.
    }
}
