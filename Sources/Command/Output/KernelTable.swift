import Benchmarking
import Foundation
import Reports

/// How fast kernels are.
struct KernelTable: MeasurementTable {
    private let results: [KernelResult]
    private let form: String

    init(_ results: [KernelResult], form: String) { (self.results, self.form) = (results, form) }

    var markdown: String {
        let head = ["what", "type", "shape", "rows", "threads", "arithmetic", "µs", "min – max", "GB/s", "Gop/s"]
        let rows = results.map { result in
            let time = result.microseconds
            return [
                result.kind.rawValue, result.type, result.shape, "\(result.rows)", "\(result.threads)",
                result.arithmetic, Format.decimal(time.median),
                "\(Format.decimal(time.min)) – \(Format.decimal(time.max))", Format.decimal(result.gbPerS),
                Format.decimal(result.gopPerS),
            ]
        }
        let numeric = Set(head.indices).subtracting([0, 1, 2, 5])
        return "\(form) kernels\n\n" + DocumentTable(head, rows, numeric: numeric).markdown
    }

    var commaSeparated: String {
        let names =
            "kernels,kind,type,shape,rows,threads,arithmetic,microseconds_median,microseconds_min,microseconds_max,"
        let lines = results.map { result in
            let texts = [
                form, result.kind.rawValue, result.type, result.shape, "\(result.rows)", "\(result.threads)",
                result.arithmetic,
            ]
            let time = result.microseconds
            let numbers = [time.median, time.min, time.max, result.gbPerS, result.gopPerS]
            return (texts + numbers.map { String(format: "%.6g", $0) }).joined(separator: ",")
        }
        return ([names + "gb_per_s,gop_per_s"] + lines).joined(separator: "\n")
    }
}
