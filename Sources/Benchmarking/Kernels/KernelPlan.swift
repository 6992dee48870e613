import Tensors

/// Which products and attentions are to be measured.
package struct KernelPlan: Sendable, Equatable {
    /// A matrix of weights: outputs × inputs.
    package struct Shape: Sendable, Equatable {
        package var outputs: Int
        package var inputs: Int

        package init(outputs: Int, inputs: Int) { (self.outputs, self.inputs) = (outputs, inputs) }
    }

    /// Formats of weights.
    package var types = KernelPlan.allTypes
    package var shapes = [Shape(outputs: 4096, inputs: 4096), Shape(outputs: 1408, inputs: 2048)]
    /// Rows of activations; queries of attention.
    package var rows = [1, 4, 16, 48, 512]
    package var threads = [1]
    /// Tokens that attention looks at; empty for no attention.
    package var depths = [4096]
    package var cacheTypes: [ElementType] = [.f32, .f16, .q8_0]
    /// Names of attentions.
    package var attentions = KernelPlan.allAttentions
    package var repeats = 5

    package init() {}

    /// All formats that weights come in.
    package static var allTypes: [ElementType] { ElementType.allCases.filter { $0.isReal && $0 != .f64 } }

    /// Names of all attentions.
    package static var allAttentions: [String] { AttentionShape.all.map(\.name) }

    /// - Throws: `InputError` if a number makes no sense.
    package func check() throws {
        try BenchmarkPlan.checkThreads(threads)
        try checkOption("--rows", rows, in: 1...(1 << 16))
        try checkOption("--shapes", shapes.flatMap { [$0.outputs, $0.inputs] }, in: 1...(1 << 16))
        try checkOption("--depth", depths, in: 1...(1 << 20))
        try checkOption("--repeat", [repeats], in: 1...1_000_000)
    }
}

/// How fast one product or attention is.
package struct KernelResult: Sendable, Codable, Equatable {
    package enum Kind: String, Sendable, Codable { case product, attention }

    package var kind: Kind
    /// The format of the weights or of the cache.
    package var type: String
    /// "4096 × 4096", or what kind of attention over how many tokens.
    package var shape: String
    /// Rows of activations, or queries.
    package var rows: Int
    package var threads: Int
    /// "exact", "8-bit" or "bf16": what activations are rounded to.
    package var arithmetic: String
    /// Time of a call, in microseconds.
    package var microseconds: Spread
    /// Bytes of weights, or of keys and values, in 10⁹ a second: each once a call.
    package var gbPerS: Double
    /// Operations in 10⁹ a second: two for each multiply-add.
    package var gopPerS: Double
}
