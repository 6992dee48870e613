import Files

/// A line of `metrics.jsonl`: what is known of one step.
package struct StepMetrics: Sendable {
    /// From 1.
    package var step: Int
    /// Tokens that went through the model since the run began.
    package var tokens: Int
    package var loss: Double
    package var rate: Double
    /// The length of all gradients before clipping.
    package var gradientNorm: Double
    package var tokensPerSecond: Double
    /// Of the machine's peak of f32 arithmetic, by the rule of 6 operations a parameter and token; `nil` if the peak is not known.
    package var peakShare: Double?
    /// What else an objective or an evaluation says, in their order.
    package var values: [(name: String, value: Double)] = []
    /// How often each expert was chosen, by layer; empty without mixtures.
    package var experts: [ExpertLoad] = []

    /// What is called `name` among `values`; `nil` if this step has no such.
    package subscript(name: String) -> Double? { values.first { $0.name == name }?.value }

    /// The line, without its end. What is no finite number becomes `null`.
    package var line: String {
        var members: [(key: String, value: JSONValue)] = [
            ("step", .integer(step)), ("tokens", .integer(tokens)), ("loss", Self.number(loss)),
            ("rate", Self.number(rate)), ("gradientNorm", Self.number(gradientNorm)),
            ("tokensPerSecond", Self.number(tokensPerSecond)),
        ]
        if let peakShare { members.append(("peakShare", Self.number(peakShare))) }
        for (name, value) in values where !Self.fixed.contains(name) && !members.contains(where: { $0.key == name }) {
            members.append((name, Self.number(value)))
        }
        if !experts.isEmpty { members.append(("experts", .array(experts.map(\.json)))) }
        return JSONValue.object(JSONObject(members)).line
    }

    private static func number(_ value: Double) -> JSONValue { value.isFinite ? .number("\(value)") : .null }
}

extension StepMetrics {
    private static let fixed: Set<String> = [
        "step", "tokens", "loss", "rate", "gradientNorm", "tokensPerSecond", "peakShare", "experts",
    ]

    /// Reads a line back; `nil` if it is none.
    package init?(line: String) {
        guard let object = try? JSONParser.parse(line, source: "metrics.jsonl").object,
            let step = object["step"]?.integer, let tokens = object["tokens"]?.integer
        else { return nil }
        func number(_ key: String) -> Double { object[key]?.double ?? .nan }
        self.init(
            step: step, tokens: tokens, loss: number("loss"), rate: number("rate"),
            gradientNorm: number("gradientNorm"), tokensPerSecond: number("tokensPerSecond"),
            peakShare: object["peakShare"]?.double)
        for (key, value) in object.members where !Self.fixed.contains(key) {
            values.append((key, value.double ?? .nan))
        }
        experts = (object["experts"]?.array ?? []).compactMap(ExpertLoad.init)
    }
}

/// How the tokens of a step were spread over the experts of a layer.
package struct ExpertLoad: Sendable, Equatable {
    /// The layer's place in the checkpoint.
    package let layer: Int
    /// How often each expert was chosen.
    package let counts: [Int]

    package init(layer: Int, counts: [Int]) { (self.layer, self.counts) = (layer, counts) }

    /// MaxVio: largest load over mean load, less 1; Wang et al. (arXiv 2408.15664).
    package var violation: Double {
        let sum = counts.reduce(0, +)
        return sum > 0 ? Double((counts.max() ?? 0) * counts.count) / Double(sum) - 1 : 0
    }

    fileprivate init?(_ json: JSONValue) {
        guard let layer = json["layer"]?.integer, let counts = json["load"]?.array else { return nil }
        self.init(layer: layer, counts: counts.compactMap(\.integer))
    }

    fileprivate var json: JSONValue {
        .object(
            JSONObject([
                ("layer", .integer(layer)), ("violation", .number("\(violation)")),
                ("load", .array(counts.map(JSONValue.integer))),
            ]))
    }
}
