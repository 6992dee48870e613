import Generation

/// Figures in Prometheus' text format.
struct MetricsText {
    private(set) var text = ""

    /// Begins a family of samples.
    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    /// Adds one sample.
    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let written = labels.map { "\($0)=\"\(MetricsText.escaped($1))\"" }.joined(separator: ",")
        let number = value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : value.description
        text += labels.isEmpty ? "\(name) \(number)\n" : "\(name){\(written)} \(number)\n"
    }

    /// Adds a model's distribution: how many numbers are at most as large as each bound, then their sum and count.
    mutating func histogram(_ name: String, _ model: String, _ histogram: Histogram) {
        var count = 0
        for (index, inRange) in histogram.counts.enumerated() {
            count += inRange
            let bound = index < histogram.bounds.count ? histogram.bounds[index].description : "+Inf"
            sample(name + "_bucket", [("model", model), ("le", bound)], Double(count))
        }
        sample(name + "_sum", [("model", model)], histogram.sum)
        sample(name + "_count", [("model", model)], Double(count))
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
