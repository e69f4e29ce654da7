// Vega as one script. Debian's libjs-vega ships Vega's parts as separate CommonJS-style files,
// and without the whole; loaded one after the other as plain scripts they overwrite each other.

/// One script that provides a global `vega` from Vega's separate modules.
public enum VegaBundle {
    /// The modules a report needs, each after those it requires.
    ///
    /// Left out, because no chart here uses them: geo, projections, force, label, hierarchy,
    /// regression, Voronoi, word cloud, cross-filter.
    public static let modules = [
        "vega-util", "vega-canvas", "vega-time", "vega-format", "vega-loader", "vega-dataflow",
        "vega-scale", "vega-statistics", "vega-expression", "vega-event-selector",
        "vega-scenegraph", "vega-selections", "vega-functions", "vega-runtime", "vega-parser",
        "vega-view", "vega-transforms", "vega-view-transforms", "vega-encode",
    ]

    /// The file of a module, within the package's folder: named after it, but for one.
    public static func fileName(of module: String) -> String {
        (module == "vega-selections" ? "vega-selection" : module) + ".min.js"
    }

    /// The script.
    ///
    /// - Parameter sources: name and text of every module, each after those it requires.
    /// - Returns: JavaScript for a `script` element.
    public static func script(of sources: [(name: String, text: String)]) -> String {
        let wrapped = sources.map { source in
            """
            define("\(source.name)", function (exports, module, require) {
            \(withoutSourceMap(source.text))
            });
            """
        }
        return """
            var vega = (function () {
            var loaded = {};
            function require(name) {
              if (!(name in loaded)) throw new Error("Vega module " + name + " is missing");
              return loaded[name];
            }
            function define(name, body) {
              var module = {exports: {}};
              loaded[name] = module.exports;
              body.call(self, module.exports, module, require);
            }
            \(wrapped.joined(separator: "\n"))
            var all = {};
            Object.keys(loaded).forEach(function (name) {
              Object.keys(loaded[name]).forEach(function (key) {
                if (!(key in all)) all[key] = loaded[name][key];
              });
            });
            all.transforms = loaded["vega-dataflow"].transforms;
            ["vega-transforms", "vega-view-transforms", "vega-encode"].forEach(function (name) {
              Object.keys(loaded[name]).forEach(function (key) {
                all.transforms[key] = loaded[name][key];
              });
            });
            return all;
            })();
            """
    }

    /// The text without its last comment, which would have a browser ask for a file.
    private static func withoutSourceMap(_ text: String) -> Substring {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        guard let last = lines.last, last.hasPrefix("//# sourceMappingURL") else {
            return text[...]
        }
        return text[..<last.startIndex]
    }
}
