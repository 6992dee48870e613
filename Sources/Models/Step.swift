import Tensors

/// One forward pass: tokens of one or more sequences, rows one below another, and how to compute them.
package struct Step {
    /// Consecutive rows that continue one sequence.
    package struct Span {
        package let rows: Range<Int>
        /// The position of the first row in its sequence.
        package let firstPosition: Int
        /// Where the sequence's keys and values are kept; `nil` to look at this step's own rows only.
        package let cache: KeyValueCache?
        /// Which form latent attention takes for these rows; `nil` for that of the step.
        package var form: LatentForm?
    }

    package let tokens: [Int32]
    package let spans: [Span]
    let rotation: Rotation
    package private(set) var operations: any Operations
    /// Which form latent attention takes; the numbers are the same up to rounding.
    package var latentForm: LatentForm
    /// Collects inner values, for comparing with other implementations.
    package let trace: Trace?
    /// Collects what was found in the expert store and what was read; `nil` without one.
    package let expertUse: ExpertUse?
    /// How many tokens a mixture's devices take in this step, while training; `nil` for all that come, as everywhere
    /// else.
    package var capacity: ExpertCapacity?
    /// Leaves out the second of a token's two experts at random, while training; `nil` to use both, as everywhere else.
    package var secondExperts: RandomSecondExperts?
    /// Sees how mixtures spread tokens over their experts; `nil` if nobody asks.
    package var routing: (any RoutingObserver)?

    /// The same step, computed by others.
    func with(_ operations: any Operations) -> Step {
        var step = self
        step.operations = operations
        return step
    }

    /// Neighbouring spans for which `choice` is the same.
    func runs(by choice: (Span) -> Bool) -> [(spans: ArraySlice<Span>, isChosen: Bool)] {
        var runs: [(spans: ArraySlice<Span>, isChosen: Bool)] = []
        for (index, span) in spans.enumerated() {
            let isChosen = choice(span)
            if let last = runs.last, last.isChosen == isChosen {
                runs[runs.count - 1].spans = spans[last.spans.startIndex...index]
            } else {
                runs.append((spans[index...index], isChosen))
            }
        }
        return runs
    }

    /// What `body` makes of every span, one below another.
    func perSpan(_ body: (Span) -> Tensor) -> Tensor { per(spans[...], body) }

    /// What `body` makes of every one of `spans`, one below another.
    func per(_ spans: ArraySlice<Span>, _ body: (Span) -> Tensor) -> Tensor {
        if spans.count == 1, let span = spans.first { return body(span) }
        let short = spans.indices.filter { spans[$0].rows.count <= Step.mostRowsOfShortSpans }
        guard short.count >= Step.leastShortSpans else { return operations.stack(spans.map(body)) }
        var parts: [Int: Tensor] = [:]
        for index in spans.indices where spans[index].rows.count > Step.mostRowsOfShortSpans {
            parts[index] = body(spans[index])
        }
        for (index, part) in zip(short, operations.each(short.count) { body(spans[short[$0]]) }) { parts[index] = part }
        return operations.stack(spans.indices.compactMap { parts[$0] })
    }

    /// Spans with few rows are too little work to share out: each goes to one thread, side by side. Longer ones, and
    /// few of them, go to all threads one after another.
    private static let (mostRowsOfShortSpans, leastShortSpans) = (8, 4)

    /// Appends this step's keys and values of `layer` to the span's sequence and returns all there are.
    func remember(_ layer: Int, keys: Tensor, values: Tensor?, _ span: Span) -> (keys: PagedRows, values: PagedRows?) {
        let keys = keys.slice(span.rows)
        let values = values?.slice(span.rows)
        guard let cache = span.cache else { return (PagedRows(keys), values.map { PagedRows($0) }) }
        let pages = cache.rows(of: layer)
        pages.keys.store(keys, at: span.firstPosition)
        if let values { pages.values?.store(values, at: span.firstPosition) }
        return pages
    }
}

/// The two forms of latent attention; DeepSeek-V2 (arXiv 2405.04434) §2.1.2.
public enum LatentForm: String, Sendable, CaseIterable {
    /// Whichever needs fewer operations for the number of rows.
    case automatic
    /// W^UK is folded into the query and W^UV into the output: attention runs over the latents themselves.
    case absorbed
    /// Keys and values are expanded from the latents.
    case expanded
}

/// Inner values of a forward pass under the names that goldens use: "hidden.3", "router.1.indices", …
package final class Trace {
    package private(set) var tensors: [String: Tensor] = [:]
    package private(set) var integers: [String: [Int32]] = [:]
    /// Put before every name: "mtp." while the prediction layer runs.
    package var prefix = ""
    private let keepsTensors: Bool

    /// - Parameter keepsTensors: whether tensors are recorded, and so kept in memory, beside integers.
    package init(keepsTensors: Bool = true) { self.keepsTensors = keepsTensors }

    func record(_ name: String, _ tensor: Tensor) {
        if keepsTensors { tensors[prefix + name] = tensor }
    }

    func record(_ name: String, _ values: [Int32]) { integers[prefix + name] = values }
}
