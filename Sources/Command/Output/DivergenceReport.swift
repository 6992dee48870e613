import Evaluation
import Foundation
import Reports

/// What `isobath perplexity --kl-divergence` prints about two models.
struct DivergenceReport {
    private let statistics: DivergenceStatistics
    private let chunkLength: Int

    init(_ statistics: DivergenceStatistics, chunkLength: Int) {
        self.statistics = statistics
        self.chunkLength = chunkLength
    }

    func print(asJSON: Bool) throws {
        if asJSON { return try StandardOutput.json(JSON(statistics, chunkLength: chunkLength), pretty: true) }
        try StandardOutput.line([perplexities, divergences, changes].joined(separator: "\n\n"))
    }

    // MARK: Text

    /// "q" is the model, "base" the one that saved its logits, as in llama.cpp.
    private var perplexities: String {
        let correlation = statistics.correlation.map { String(format: "%.2f %%", 100 * $0) } ?? "–"
        return Format.table([
            ["perplexity of the model", "PPL(q)", statistics.perplexity.text(digits: 6)],
            ["perplexity of the base", "PPL(base)", statistics.basePerplexity.text(digits: 6)],
            ["ratio", "PPL(q) / PPL(base)", statistics.ratio.text(digits: 6)],
            ["logarithm of the ratio", "ln(PPL(q) / PPL(base))", statistics.logRatio.text(digits: 6)],
            ["difference", "PPL(q) − PPL(base)", statistics.difference.text(digits: 6)],
            ["correlation of logarithms", "", correlation],
            ["tokens compared", "", "\(statistics.tokens)"],
        ])
    }

    private var divergences: String {
        let values = statistics.divergences
        let rows = Place.all.filter(\.isOfDivergence).map { place in
            ["KLD \(place.title)", String(format: "%.6f", place.value(values))]
        }
        return "Kullback and Leibler's divergence of a token's prediction\n"
            + Format.table([["KLD mean", statistics.divergence.text(digits: 6)]] + rows)
    }

    private var changes: String {
        let values = statistics.probabilityChanges
        let rows = Place.all.map { place in
            ["Δp \(place.title)", String(format: "%.3f %%", 100 * place.value(values))]
        }
        return "Change of the right token's probability\n"
            + Format.table(
                [["Δp mean", statistics.probabilityChange.percentText(digits: 3)]] + rows + [
                    ["Δp root mean square", statistics.probabilityChangeRootMeanSquare.percentText(digits: 3)],
                    ["same likeliest token", statistics.agreement.percentText(digits: 3)],
                ])
    }

    // MARK: JSON

    private struct JSON: Encodable {
        let tokens: Int
        let chunkLength: Int
        let perplexity: Estimate
        let basePerplexity: Estimate
        let ratio: Estimate
        let logRatio: Estimate
        let difference: Estimate
        let correlation: Double?
        let divergence: Estimate
        let divergencePercentiles: [String: Double]
        let probabilityChange: Estimate
        let probabilityChangeRootMeanSquare: Estimate
        let probabilityChangePercentiles: [String: Double]
        let sameTop: Estimate

        init(_ statistics: DivergenceStatistics, chunkLength: Int) {
            tokens = statistics.tokens
            self.chunkLength = chunkLength
            (perplexity, basePerplexity) = (statistics.perplexity, statistics.basePerplexity)
            (ratio, logRatio, difference) = (statistics.ratio, statistics.logRatio, statistics.difference)
            (correlation, divergence) = (statistics.correlation, statistics.divergence)
            divergencePercentiles = Place.values(statistics.divergences) { $0.isOfDivergence }
            probabilityChange = statistics.probabilityChange
            probabilityChangeRootMeanSquare = statistics.probabilityChangeRootMeanSquare
            probabilityChangePercentiles = Place.values(statistics.probabilityChanges) { _ in true }
            sameTop = statistics.agreement
        }
    }
}

/// A place in a sorted sample that reports tell of.
private struct Place {
    let percent: Double

    /// Of changes also the quarters are told, as in llama.cpp.
    var isOfDivergence: Bool { percent != 25 && percent != 75 }

    static let all = [100, 99.9, 99, 95, 90, 75, 50, 25, 10, 5, 1, 0.1, 0].map { Place(percent: $0) }

    var title: String {
        switch percent {
        case 100: "maximum"
        case 50: "median"
        case 0: "minimum"
        default: "\(key) %"
        }
    }

    func value(_ values: Percentiles) -> Double { values[percent] }

    /// "99.9" and "99".
    private var key: String { percent == percent.rounded() ? String(Int(percent)) : String(percent) }

    static func values(_ values: Percentiles, where isIncluded: (Place) -> Bool) -> [String: Double] {
        let places = all.filter(isIncluded)
        return Dictionary(uniqueKeysWithValues: places.map { ($0.key, $0.value(values)) })
    }
}
