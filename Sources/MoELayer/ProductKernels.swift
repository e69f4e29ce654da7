import CBLAS

/// What BLAS multiplies with: results differ in their last bits from one kind of processor to another.
public enum ProductKernels {
    /// The processor that OpenBLAS takes this one for, "Haswell" for instance.
    public static var name: String {
        guard let name = openblas_get_corename() else { return "unknown" }
        return String(cString: name)
    }

    /// Finds what OpenBLAS knows and a processor can do, if its own choice is a fallback.
    ///
    /// It chooses by a list of processors. One that is younger than the list gets kernels of 2004.
    ///
    /// - Parameters:
    ///   - name: what it has chosen.
    ///   - cpuinfo: as proc(5) shows it.
    /// - Returns: a name to set in OPENBLAS_CORETYPE, nil if its choice is good.
    public static func better(than name: String, cpuinfo: String) -> String? {
        guard name.lowercased() == "prescott",
            let line = cpuinfo.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
        else { return nil }
        let flags = Set(line.split(separator: " "))
        if flags.isSuperset(of: ["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"]) {
            return "SkylakeX"
        }
        return flags.isSuperset(of: ["avx2", "fma"]) ? "Haswell" : nil
    }
}
