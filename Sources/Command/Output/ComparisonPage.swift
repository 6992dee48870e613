import Evaluation
import Files
import Foundation

/// What `isobath compare --html` writes: one file that needs no other.
struct ComparisonPage {
    private let output: ComparisonReport

    init(_ output: ComparisonReport) { self.output = output }

    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>Where \(name(output.second)) differs</title>
        <style>\(ComparisonPage.style)</style></head><body>
        <h1>Where a model differs, layer by layer</h1>
        <p><code>\(name(output.second))</code> compared with <code>\(name(output.first))</code>, over \
        \(output.report.tokens) tokens. Errors are ‖a − b‖ / ‖a‖, the mean over the tokens.</p>
        \(plots.map(\.svg).joined(separator: "\n"))
        <h2>Predictions</h2>
        \(table([["", "value"]] + output.predictionRows))
        <h2>Layers</h2>
        \(table(output.layerRows))
        \(weights)
        </body></html>

        """
    }

    private static let style = """
        :root{color-scheme:light dark;--c0:#0b6fb8;--c1:#d1570b;--c2:#2a8a3e;--grid:#8884}
        @media(prefers-color-scheme:dark){:root{--c0:#6db5ee;--c1:#f39a5c;--c2:#76c987}}
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
        figure{margin:2rem 0}figcaption{font-weight:600;margin-bottom:.5rem}svg{width:100%;height:auto}
        svg text{font:12px system-ui,sans-serif;fill:currentColor}.grid{stroke:var(--grid)}
        polyline{fill:none;stroke:currentColor;stroke-width:2}circle{fill:currentColor}
        .line0{color:var(--c0)}.line1{color:var(--c1)}.line2{color:var(--c2)}.legend{margin:.25rem 0}
        div.wide{overflow-x:auto;margin-bottom:1.5rem}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
        th,td{padding:.15rem .75rem;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
        th:first-child,td:first-child{text-align:left}
        """

    private func name(_ path: String) -> String { LayerPlot.escaped(printable(path)) }

    // MARK: Plots

    private var plots: [LayerPlot] {
        let layers = output.report.layers
        let errors = { (value: KeyPath<LayerDifference, RowDifference>) in
            layers.map { Double?.some($0[keyPath: value].relativeError) }
        }
        var plots = [
            LayerPlot(
                title: "Error of the state after each layer",
                lines: [
                    .init(name: "accumulated: each model on its own states", values: errors(\.accumulated.state)),
                    .init(name: "injected: b's layer on a's states", values: errors(\.injected.state)),
                ]),
            LayerPlot(
                title: "Error of what each layer adds, on a's states",
                lines: [
                    .init(name: "attention", values: errors(\.injected.attention)),
                    .init(name: "feed-forward", values: errors(\.injected.feedForward)),
                ]),
        ]
        if layers.contains(where: { $0.injected.sameExperts != nil }) {
            plots.append(
                LayerPlot(
                    title: "Experts that only one of both chose, as a part of all choices",
                    lines: [
                        .init(name: "accumulated", values: layers.map { $0.accumulated.sameExperts.map { 1 - $0 } }),
                        .init(name: "injected", values: layers.map { $0.injected.sameExperts.map { 1 - $0 } }),
                    ]))
        }
        return plots
    }

    // MARK: Tables

    private func table(_ rows: [[String]]) -> String {
        let lines = rows.enumerated().map { index, row in
            let tag = index == 0 ? "th" : "td"
            return "<tr>" + row.map { "<\(tag)>\(LayerPlot.escaped($0))</\(tag)>" }.joined() + "</tr>"
        }
        return "<div class=\"wide\"><table>\n" + lines.joined(separator: "\n") + "\n</table></div>"
    }

    private var weights: String {
        guard let weights = output.weights else { return "" }
        return "<h2>Weights</h2>\n" + table(output.moduleRows(weights)) + "\n" + table(output.worstRows(weights))
    }
}
