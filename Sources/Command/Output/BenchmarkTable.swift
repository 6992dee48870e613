import Benchmarking
import Foundation
import Reports

/// A benchmark's report.
struct BenchmarkTable: MeasurementTable {
    let report: BenchmarkReport

    init(_ report: BenchmarkReport) { self.report = report }

    var markdown: String {
        ([summary, limits].compactMap(\.self) + ["", table.markdown]).joined(separator: "\n")
    }

    private var summary: String {
        let model = report.model
        let parts = [
            model.path, "\(Format.count(model.parameters)) parameters in \(Format.bytes(model.bytes))",
            "\(Format.bytes(model.activeBytes)) a token", model.kernels,
            "opened in \(Format.decimal(model.loadSeconds)) s",
            model.residentBytes.map { "\(Format.bytes($0)) in memory" },
            model.peakResidentBytes.map { "\(Format.bytes($0)) at most" },
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    /// "Intel Xeon, …: reads 13.4 GB/s with 1 thread, …".
    private var limits: String? {
        report.machine.map { machine in
            let each = machine.byThreads.map { limits in
                let peak = limits.peaks.first.map { ", \(String(format: "%.2f", $0.topPerS)) Top/s in \($0.kind)" }
                let name = limits.threads == 1 ? "1 thread" : "\(limits.threads) threads"
                let weights = limits.weightsGbPerS.map { " (\(number($0.median)) of these weights)" }
                return "\(number(limits.readGbPerS.median)) GB/s\(weights ?? "")\(peak ?? "") with \(name)"
            }
            return "\n" + MachineTable(machine).summary + ": at most " + each.joined(separator: "; ")
        }
    }

    private var table: DocumentTable {
        let head = [
            "kind", "tokens", "depth", "threads", "sequences", "cache", "tokens/s", "min – max", "GB/s",
            "of bandwidth", "of reading the weights", "Top/s", "of int8 peak",
        ]
        let rows = report.results.map { result in
            [
                result.kind.rawValue, "\(result.tokens)", "\(result.depth)", "\(result.threads)",
                "\(result.sequences)", result.cacheType, number(result.tokensPerS.median),
                "\(number(result.tokensPerS.min)) – \(number(result.tokensPerS.max))", number(result.gbPerS),
                percent(result.shareOfBandwidth), percent(result.shareOfReadingWeights),
                String(format: "%.3f", result.topPerS),
                percent(result.shareOfInt8Peak),
            ]
        }
        return DocumentTable(head, rows, numeric: Set(head.indices).subtracting([0, 5]))
    }

    private func number(_ value: Double) -> String {
        String(format: value < 100 ? "%.2f" : "%.1f", value)
    }

    private func percent(_ share: Double?) -> String { share.map { String(format: "%.0f %%", $0 * 100) } ?? "–" }
}

// MARK: - Comma-separated values

extension BenchmarkTable {
    /// A line of names and one for each result; what was not measured is empty.
    var commaSeparated: String {
        let names =
            "kind,tokens,depth,threads,sequences,cache_type,tokens_per_s_median,tokens_per_s_min,tokens_per_s_max,"
            + "gb_per_s,cache_gb_per_s,top_per_s,experts_per_layer,share_of_bandwidth,share_of_reading_weights,"
            + "share_of_int8_peak"
        let lines = report.results.map { result in
            let texts = [
                result.kind.rawValue, "\(result.tokens)", "\(result.depth)", "\(result.threads)",
                "\(result.sequences)", result.cacheType,
            ]
            let numbers = [
                result.tokensPerS.median, result.tokensPerS.min, result.tokensPerS.max, result.gbPerS,
                result.cacheGbPerS, result.topPerS, result.expertsPerLayer, result.shareOfBandwidth,
                result.shareOfReadingWeights, result.shareOfInt8Peak,
            ]
            return (texts + numbers.map { $0.map { String(format: "%.6g", $0) } ?? "" }).joined(separator: ",")
        }
        return ([names] + lines).joined(separator: "\n")
    }
}
