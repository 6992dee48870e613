import Tensors

/// What the results of one place in the plan have in common.
struct Place {
    let depth: Int
    let threads: Int
    let cacheType: ElementType
}

/// What one run reads and computes.
struct Load {
    var bytes: Double
    var cacheBytes: Double?
    var operations: Double
}

/// One result in the making. Measurements take turns, so that what the machine can do at one minute and not at another
/// befalls all of them alike.
final class Measurement {
    let kind: BenchmarkResult.Kind
    let place: Place
    /// Tokens of each sequence in a run.
    let tokens: Int
    let sequences: Int
    /// Tokens a second of each run but the first.
    private(set) var rates: [Double] = []
    /// Distinct experts of each mixture layer, step after step, of the first run: the same ones each time.
    private(set) var chosen: [[Int: Double]] = []
    private var isWarm = false
    private let body: (Measurement) throws -> Void
    private let makeLoad: ([[Int: Double]]) -> Load

    /// - Parameters:
    ///   - body: one run.
    ///   - load: what it reads and computes, from the experts that were chosen.
    init(
        _ kind: BenchmarkResult.Kind, _ place: Place, tokens: Int, sequences: Int = 1,
        _ body: @escaping (Measurement) throws -> Void, load: @escaping ([[Int: Double]]) -> Load
    ) {
        (self.kind, self.place, self.tokens, self.sequences) = (kind, place, tokens, sequences)
        (self.body, self.makeLoad) = (body, load)
    }

    var load: Load { makeLoad(chosen) }

    /// Takes the experts of a step in the first run; `nil` afterwards.
    var experts: (([Int: Double]) -> Void)? { isWarm ? nil : { self.chosen.append($0) } }

    func warmUp() throws {
        try body(self)
        isWarm = true
    }

    func repeatOnce() throws {
        let time = try ContinuousClock().measure { try body(self) }
        rates.append(Double(tokens * sequences) / (time / .seconds(1)))
    }
}
