// The page's script: draws every chart, again when the theme changes, and resizes it with its
// box. Without Vega, or without JavaScript, the tables are all there is, and enough.

/// The script of the report.
enum ReportScript {
    /// Runs after Vega's.
    static let javaScript = #"""
        (function () {
          "use strict";
          var style = function (name) {
            return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
          };
          var list = function (prefix, names) {
            return names.map(function (name) { return style(prefix + name); });
          };
          function theme() {
            return {
              page: style("--card"), text: style("--text"), muted: style("--muted"),
              line: style("--line"), accent: style("--accent"),
              phases: list("--phase-", ["gate", "dispatch", "expert", "wait", "combine"]),
              overlap: list("--phase-", ["expert", "combine", "dispatch", "wait"]),
              reaches: list("--reach-", ["local", "intra", "inter"]),
              ramp: list("--ramp-", ["low", "middle", "high"]),
              routers: list("--router-", [0, 1, 2, 3, 4, 5, 6, 7])
            };
          }
          function config(theme) {
            var font = "system-ui, sans-serif";
            return {
              background: null,
              axis: {
                labelColor: theme.muted, titleColor: theme.muted, domainColor: theme.line,
                tickColor: theme.line, gridColor: theme.line, gridOpacity: 0.6,
                labelFont: font, titleFont: font, labelFontSize: 12, titleFontSize: 12,
                titleFontWeight: "normal", titlePadding: 8
              },
              text: { font: font }
            };
          }
          function sizeOf(chart) {
            var width = Math.max(chart.box.clientWidth, 200);
            var height = Number(chart.box.dataset.height);
            var isSquare = chart.box.classList.contains("square");
            return { width: width, height: isSquare ? Math.min(width, height) : height };
          }
          function draw(chart) {
            var colours = theme(), size = sizeOf(chart), spec = JSON.parse(chart.spec);
            if (chart.view) chart.view.finalize();
            spec.width = size.width;
            spec.height = size.height;
            spec.signals = [{ name: "theme", value: colours }].concat(spec.signals || []);
            chart.width = size.width;
            chart.view = new vega.View(vega.parse(spec, config(colours)), {
              // Thousands of cells are quicker on a canvas, everything else is sharper as SVG.
              renderer: chart.spec.length > 300000 ? "canvas" : "svg",
              container: chart.box, hover: true
            });
            chart.selects.forEach(function (select) {
              chart.view.signal(select.dataset.signal, select.value);
            });
            return chart.view.runAsync();
          }
          function failed(chart, error) {
            chart.box.textContent = "This chart could not be drawn; its table is below. " + error;
          }
          function attempt(chart) {
            try { draw(chart).catch(failed.bind(null, chart)); } catch (error) {
              failed(chart, error);
            }
          }
          function resize(chart) {
            var size = sizeOf(chart);
            if (!chart.view || size.width === chart.width) return;
            chart.width = size.width;
            chart.view.width(size.width).height(size.height).runAsync();
          }
          var charts = [].map.call(document.querySelectorAll("figure .chart"), function (box) {
            var figure = box.closest("figure");
            var chart = {
              box: box, view: null, width: 0,
              spec: figure.querySelector("script[type='application/json']").textContent,
              selects: [].slice.call(figure.querySelectorAll("select[data-signal]"))
            };
            chart.selects.forEach(function (select) {
              select.addEventListener("change", function () {
                chart.view.signal(select.dataset.signal, select.value).runAsync();
              });
            });
            attempt(chart);
            if (window.ResizeObserver) {
              new ResizeObserver(function () {
                window.requestAnimationFrame(function () { resize(chart); });
              }).observe(box);
            }
            return chart;
          });
          var dark = window.matchMedia("(prefers-color-scheme: dark)");
          if (dark.addEventListener) {
            dark.addEventListener("change", function () { charts.forEach(attempt); });
          }
        })();
        """#
}
