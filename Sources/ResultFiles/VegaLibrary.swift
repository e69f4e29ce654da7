// Vega, the chart library, as Debian installs it.

import Report

/// The charts' script, read from the system.
public enum VegaLibrary {
    /// Where Debian's libjs-vega (5.22) puts its files.
    public static let defaultFolder = "/usr/share/javascript/vega"

    /// One script that provides `vega`, from the package's separate modules.
    ///
    /// - Throws: `FileProblem` that names the package to install.
    public static func load(from folder: String = defaultFolder) throws(FileProblem) -> String {
        var sources: [(name: String, text: String)] = []
        for module in VegaBundle.modules {
            let path = "\(folder)/\(VegaBundle.fileName(of: module))"
            do throws(FileProblem) {
                sources.append((module, try TextFile.read(path)))
            } catch {
                throw FileProblem(
                    path: error.path,
                    seen: error.seen,
                    expected: "a module of Vega 5.22, the chart library",
                    advice: "install the Debian package libjs-vega, then run moecluster report"
                )
            }
        }
        return VegaBundle.script(of: sources)
    }
}
