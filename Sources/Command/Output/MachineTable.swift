import Benchmarking
import Foundation
import Reports

/// What a machine can do.
struct MachineTable: MeasurementTable {
    let report: MachineReport

    init(_ report: MachineReport) { self.report = report }

    /// "AMD EPYC, 2 cores, 24.0 GB".
    var summary: String {
        "\(report.processor), \(report.cores) cores, \(Format.bytes(Int(clamping: report.memoryBytes))), "
            + "\(report.kernels) kernels"
    }

    var markdown: String {
        let head = ["what", "how"] + report.byThreads.map { $0.threads == 1 ? "1 thread" : "\($0.threads) threads" }
        let table = DocumentTable(head, reads + peaks, numeric: Set(head.indices.dropFirst(2)))
        return summary + "\n\n" + table.markdown
    }

    private var reads: [[String]] {
        let weights = report.byThreads.compactMap(\.weightsGbPerS)
        return [("read, GB/s", report.byThreads.map(\.readGbPerS)), ("read of the model's weights, GB/s", weights)]
            .filter { !$0.1.isEmpty }
            .map { name, rates in
                [name, "median (best)"] + rates.map { number($0.median) + " (" + number($0.max) + ")" }
            }
    }

    private var peaks: [[String]] {
        let kinds = report.byThreads.first?.peaks ?? []
        return kinds.map { peak in
            [peak.kind + ", Gop/s", peak.instructions]
                + report.byThreads.map { limits in
                    limits.peaks.first { $0.kind == peak.kind }.map { number($0.topPerS * 1000) } ?? "–"
                }
        }
    }

    private func number(_ value: Double) -> String { String(format: "%.1f", value) }

    var commaSeparated: String {
        let lines = report.byThreads.flatMap { limits in
            ["\(limits.threads),read_gb_per_s,\(limits.readGbPerS.median)"]
                + (limits.weightsGbPerS.map { ["\(limits.threads),weights_gb_per_s,\($0.median)"] } ?? [])
                + limits.peaks.map { "\(limits.threads),\($0.kind)_top_per_s,\($0.topPerS)" }
        }
        return (["threads,what,value"] + lines).joined(separator: "\n")
    }
}
