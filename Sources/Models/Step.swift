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
    /// How many tokens a mixture's devices take in this step, while training; `nil` for all that come, as everywhere else.
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

    /// What `body` makes of every span, one below another.
    func perSpan(_ body: (Span) -> Tensor) -> Tensor {
        if spans.count == 1, let span = spans.first { return body(span) }
        return operations.stack(spans.map(body))
    }

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
