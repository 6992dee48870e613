import Evaluation
import Foundation
import Reports

extension StudyResult {
    /// The study as people read it.
    package var document: Document {
        var document = Document(title: "What quantization costs \(name)")
        document.blocks = [
            .paragraph(about), .table(sizes), .plot(sizeAgainstDivergence), .plot(sizeAgainstPerplexity),
        ]
        document.blocks += [.heading("Predictions"), .paragraph(aboutPredictions), .table(predictions)]
        if !tasks.isEmpty {
            document.blocks += [
                .heading("Answers"), .paragraph(aboutAnswers), .table(answers), .plot(sizeAgainstAccuracy),
            ]
        }
        document.blocks += [
            .heading("Speed and memory"), .paragraph(aboutSpeed), .table(speeds), .plot(speedAgainstDivergence),
        ]
        return document
    }

    private var name: String { URL(filePath: model).lastPathComponent }

    private var about: String {
        "\(corpus), \(chunks) pieces of \(chunkLength) tokens, of whose second halves every token was predicted. "
            + "Perplexity and divergence are defined as llama.cpp's tool does; ± is one standard error."
    }

    // MARK: Tables

    private var sizes: DocumentTable {
        let drops = tasks.isEmpty ? [] : ["accuracy drop"]
        return DocumentTable(
            ["recipe", "size", "bits a weight", "perplexity", "divergence", "same first choice"] + drops,
            variants.map { variant in
                let loss = variant.loss
                return [
                    variant.name, Format.bytes(variant.bytes), Format.decimal(variant.bitsPerWeight),
                    variant.perplexity.brief, loss.map { $0.divergence.brief } ?? "–",
                    loss?.agreement.percentText(digits: 1) ?? "–",
                ] + (tasks.isEmpty ? [] : [accuracyDrop(of: variant).map { Format.percent($0) } ?? "–"])
            }, numeric: [1, 2, 3, 4, 5, 6])
    }

    private var aboutPredictions: String {
        "Divergence (Kullback-Leibler, in nats a token) from the original's predictions: of half, a tenth, a hundredth and a "
            + "thousandth of the tokens it is more than said. Change of p is the root of the mean square by which the right "
            + "token's probability changes."
    }

    private var predictions: DocumentTable {
        DocumentTable(
            ["recipe", "mean", "50 %", "90 %", "99 %", "99.9 %", "change of p", "perplexity ratio"],
            variants.compactMap { variant in
                variant.loss.map { loss in
                    [
                        variant.name, loss.divergence.brief, Format.small(loss.medianDivergence),
                        Format.small(loss.divergence90), Format.small(loss.divergence99),
                        Format.small(loss.divergence999), loss.probabilityChange.percentText(digits: 1),
                        String(format: "%.4f", variant.perplexity.value / originalPerplexity),
                    ]
                }
            }, numeric: [1, 2, 3, 4, 5, 6, 7])
    }

    private var originalPerplexity: Double { variants.first?.perplexity.value ?? .nan }

    private var aboutAnswers: String {
        let sets = tasks.map { "\($0.name) (\($0.questions))" }.joined(separator: ", ")
        return
            "Questions: \(sets). Replies are greedy. The drop is the part of the original's mean accuracy that is lost; the "
            + "change is over all questions, question by question, so that its error is smaller than those of both."
    }

    private var answers: DocumentTable {
        DocumentTable(
            ["recipe"] + tasks.map(\.name) + ["mean", "drop", "change"],
            variants.map { variant in
                let change = variant.loss == nil ? nil : change(of: variant)
                return [variant.name]
                    + tasks.indices.map { accuracy(of: variant, tasks: $0).percentText(digits: 1) }
                    + [
                        Format.percent(meanAccuracy(of: variant)),
                        accuracyDrop(of: variant).map { Format.percent($0) } ?? "–",
                        change?.percentText(digits: 1) ?? "–",
                    ]
            }, numeric: Set(1...tasks.count + 3))
    }

    private var aboutSpeed: String {
        "Medians of three runs on this machine, in tokens a second: a prompt of 128 tokens, and single tokens. Memory is the "
            + "weights with keys and values for \(rememberedTokens) tokens, and what the process took after the measurements."
    }

    private var speeds: DocumentTable {
        DocumentTable(
            ["recipe", "prompt", "decoding", "weights and cache", "memory taken"],
            variants.map { variant in
                [
                    variant.name, variant.prefill.map { Format.decimal($0.median) } ?? "–",
                    variant.decode.map { Format.decimal($0.median) } ?? "–",
                    Format.bytes(variant.bytes + variant.cacheBytes),
                    variant.residentBytes.map(Format.bytes) ?? "–",
                ]
            }, numeric: [1, 2, 3, 4])
    }

    // MARK: Plots

    private func plot(
        _ title: String, _ x: Plot.Axis, _ y: Plot.Axis, _ point: (StudiedVariant) -> Plot.Point?
    ) -> Plot {
        Plot(title: title, x: x, y: y, series: [.init("", variants.compactMap(point))])
    }

    /// The unit in which the largest size is at least 1.
    private var sizeUnit: (name: String, bytes: Double) {
        let largest = Double(variants.map(\.bytes).max() ?? 0)
        return [("GB", 1e9), ("MB", 1e6)].first { $0.1 <= largest } ?? ("kB", 1e3)
    }

    private var sizeAxis: Plot.Axis { .init("size in \(sizeUnit.name)", showsZero: true) }

    private func size(_ variant: StudiedVariant) -> Double { Double(variant.bytes) / sizeUnit.bytes }

    private var sizeAgainstDivergence: Plot {
        plot("Size against divergence", sizeAxis, .init("mean divergence", .logarithmic)) { variant in
            variant.loss.map {
                .init(x: size(variant), y: $0.divergence.value, error: $0.divergence.error, label: variant.name)
            }
        }
    }

    private var sizeAgainstPerplexity: Plot {
        plot("Size against perplexity", sizeAxis, .init("perplexity")) {
            .init(x: size($0), y: $0.perplexity.value, label: $0.name)
        }
    }

    private var sizeAgainstAccuracy: Plot {
        plot("Size against accuracy", sizeAxis, .init("mean accuracy in %")) {
            .init(x: size($0), y: 100 * meanAccuracy(of: $0), label: $0.name)
        }
    }

    private var speedAgainstDivergence: Plot {
        plot("Speed against divergence", .init("decoded tokens a second"), .init("mean divergence", .logarithmic)) {
            variant in
            guard let loss = variant.loss, let decode = variant.decode else { return nil }
            return .init(x: decode.median, y: loss.divergence.value, label: variant.name)
        }
    }
}

extension Format {
    /// Three digits that count, however small.
    fileprivate static func small(_ value: Double) -> String {
        String(format: value != 0 && abs(value) < 0.001 ? "%.1e" : "%.4f", value)
    }
}

extension Estimate {
    /// With its error where that is known.
    fileprivate var brief: String { shortText ?? Format.small(value) }
}
