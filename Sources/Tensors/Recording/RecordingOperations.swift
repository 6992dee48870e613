/// Operations that others carry out and a tape remembers, so that the same forward pass can be derived.
///
/// Values are those of `base`. Attention looks at rows of this step only: a sequence is one span without a cache. Weights and
/// vectors that are `f32` memory of the program's own get gradients; all others are constants.
package struct RecordingOperations: Operations {
    let base: any Operations
    package let tape: Tape
    /// Whether of a segment only what went in is kept; its inner values are computed a second time when it is derived.
    package let checkpointing: Bool
    package let loops: DerivativeLoops

    package init(_ base: any Operations, tape: Tape, checkpointing: Bool = false) {
        self.base = base
        self.tape = tape
        self.checkpointing = checkpointing
        self.loops = base.loops
    }

    package var name: String { base.name + ", recorded" }

    package var recordingTape: Tape? { tape.remembers ? tape : nil }

    /// Remembers a result, unless it is nothing but a view of what it was made from: then both have one gradient.
    func record(_ output: Tensor, from inputs: Tensor..., backward: @escaping Tape.Backward) -> Tensor {
        if inputs.contains(where: { $0.storage === output.storage }) { return output }
        return tape.record(output, backward)
    }
}

// MARK: - Segments

extension RecordingOperations {
    /// Chen et al. (arXiv 1604.06174): memory for one segment's inner values, for a second forward pass.
    ///
    /// The first pass goes over the same operations, and so gives the same bits, but its tape forgets, losses inside included;
    /// they count when the segment is derived.
    package func segment(
        _ x: Tensor, _ body: @escaping (Tensor, any Operations) throws -> Tensor
    ) rethrows -> Tensor {
        guard checkpointing else { return try body(x, self) }
        let forgetful = RecordingOperations(base, tape: Tape(remembers: false))
        let output = try body(x, forgetful)
        if output.storage === x.storage { return output }
        let segment = Segment(body: body)
        return tape.record(output) { [base] dy, gradients in
            let again = RecordingOperations(base, tape: Tape())
            // A body throws only where experts are read on demand, and decoders that are trained have no expert store.
            guard let output = try? segment.body(x, again) else {
                preconditionFailure("what was computed before can be computed again")
            }
            again.tape.addGradients(of: [(output, dy)], to: gradients)
        }
    }
}

/// `@unchecked Sendable`: a tape is taken back by the thread that recorded on it, one step after another, and nobody else
/// calls what it holds.
private struct Segment: @unchecked Sendable {
    let body: (Tensor, any Operations) throws -> Tensor
}
