import Isobath
import Reports

/// What a model is and what memory it needs, as rows of a table.
enum ModelTable {
    static func rows(_ report: ModelReport) -> [[String]] {
        let types = report.elementTypes.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }
        let context = "\(report.cacheElementType), for \(report.contextLength) tokens"
        return [
            ["family", report.family],
            ["container", report.format],
            ["parameters", "\(Format.count(report.parameters)), \(Format.count(report.activeParameters)) active"],
            ["layers", "\(report.layers)" + (report.predictionLayers > 0 ? " + \(report.predictionLayers) MTP" : "")],
            ["attention", report.attention],
            ["experts", report.experts ?? "none"],
            ["vocabulary", "\(report.vocabularySize)" + (report.preTokenizer.map { ", \($0)" } ?? "")],
            ["context", "\(report.contextLength)"],
            ["chat template", report.chatTemplate ?? "none"],
            ["weights", "\(Format.bytes(report.bytes)), \(Format.decimal(report.bitsPerWeight)) bits each"],
            ["element types", types.joined(separator: ", ")],
            ["cache per token", "\(Format.bytes(report.cacheBytesPerToken)) (\(report.cacheElementType))"],
            ["memory needed", "\(Format.bytes(report.memoryNeeded)) (cache of \(context))"],
        ]
    }
}
