import Benchmarking
import Foundation
import Reports

/// How fast a model learned.
struct TrainingTable: MeasurementTable {
    let result: TrainingResult

    init(_ result: TrainingResult) { self.result = result }

    private var values: [(name: String, value: String)] {
        [
            ("sequences", "\(result.sequences)"), ("tokens of each", "\(result.length)"),
            ("threads", "\(result.threads)"), ("tokens/s", number(result.tokensPerS.median)),
            ("min – max", "\(number(result.tokensPerS.min)) – \(number(result.tokensPerS.max))"),
            ("forward, s", number(result.forwardSeconds)), ("backward, s", number(result.backwardSeconds)),
            ("update, s", number(result.updateSeconds)), ("Top/s by 6·N·D", number(result.topPerS)),
            ("of f32 peak", result.shareOfF32Peak.map { String(format: "%.1f %%", $0.median * 100) } ?? "–"),
            ("memory at most", result.memory.map { Format.bytes($0.peakResidentBytes) } ?? "–"),
        ]
    }

    var markdown: String {
        let summary =
            "\(result.path), \(Format.count(result.parameters)) parameters, N = "
            + "\(Format.count(result.activeParameters)) that a token is multiplied with (head and chosen experts, no embedding), "
            + result.kernels + (result.checkpointing ? ", layers computed again" : "")
        let values = values
        let table = DocumentTable(values.map(\.name), [values.map(\.value)], numeric: Set(values.indices))
        return summary + "\n\n" + table.markdown
    }

    var commaSeparated: String {
        "sequences,length,threads,tokens_per_s,active_parameters,top_per_s,f32_top_per_s,peak_bytes\n"
            + "\(result.sequences),\(result.length),\(result.threads),\(result.tokensPerS.median),"
            + "\(result.activeParameters),\(result.topPerS),\(result.f32TflopPerS?.median ?? 0),"
            + "\(result.memory?.peakResidentBytes ?? 0)"
    }

    private func number(_ value: Double) -> String { String(format: value < 100 ? "%.3f" : "%.1f", value) }
}
