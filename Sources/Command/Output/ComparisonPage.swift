import Evaluation
import Files
import Reports

extension ComparisonReport {
    /// What `isobath compare --html` writes: one file that needs no other.
    var document: Document {
        let about =
            "\(printable(second)) compared with \(printable(first)), over \(report.tokens) tokens. Errors are ‖a − b‖ / ‖a‖, "
            + "the mean over the tokens: accumulated, each model on its own states; or injected, b's layer on a's states, "
            + "which shows what that layer loses by itself."
        var document = Document(title: "Where a model differs, layer by layer", blocks: [.paragraph(about)])
        document.blocks += plots.map(Document.Block.plot)
        document.blocks += [.heading("Predictions"), .table(table([["", "value"]] + predictionRows))]
        document.blocks += [.heading("Layers"), .table(table(layerRows))]
        if let weights {
            document.blocks += [
                .heading("Weights"), .table(table(moduleRows(weights))), .table(table(worstRows(weights))),
            ]
        }
        return document
    }

    private func table(_ rows: [[String]]) -> DocumentTable {
        let (columns, width) = (rows[0], rows[0].count)
        let filled = rows.dropFirst().map { $0 + Array(repeating: "", count: width - $0.count) }
        return DocumentTable(columns, filled, numeric: Set(1..<width))
    }

    // MARK: Plots

    private var plots: [Plot] {
        let states = plot(
            "Error of the state after each layer", "relative error",
            ("accumulated", \.accumulated.state), ("injected", \.injected.state))
        let parts = plot(
            "Error of what each layer adds, injected", "relative error",
            ("attention", \.injected.attention), ("feed-forward", \.injected.feedForward))
        guard report.layers.contains(where: { $0.injected.sameExperts != nil }) else { return [states, parts] }
        return [states, parts, experts]
    }

    private func plot(
        _ title: String, _ unit: String, _ lines: (name: String, value: KeyPath<LayerDifference, RowDifference>)...
    ) -> Plot {
        Plot(
            title: title, x: .init("layer", isWhole: true), y: .init(unit, showsZero: true),
            series: lines.map { line in
                .init(
                    line.name,
                    report.layers.map { .init(x: Double($0.layer), y: $0[keyPath: line.value].relativeError) },
                    isLine: true)
            })
    }

    private var experts: Plot {
        func changed(_ name: String, _ share: (LayerDifference) -> Double?) -> Plot.Series {
            .init(
                name,
                report.layers.compactMap { layer in
                    share(layer).map { .init(x: Double(layer.layer), y: 100 * (1 - $0)) }
                }, isLine: true)
        }
        return Plot(
            title: "Experts that only one of both chose", x: .init("layer", isWhole: true),
            y: .init("% of all choices", showsZero: true),
            series: [
                changed("accumulated") { $0.accumulated.sameExperts }, changed("injected") { $0.injected.sameExperts },
            ])
    }
}
