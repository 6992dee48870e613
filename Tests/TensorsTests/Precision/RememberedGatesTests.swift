import Testing

@testable import Tensors

/// SwiGLU on the way back, recorded: from inputs in FP8, and its output made anew for the layer that follows.
@Suite struct RememberedGatesTests {
    private let pool = ThreadPool(threads: 2)

    private func gradients(
        _ gate: Tensor, _ up: Tensor, _ down: Weight, _ dy: Tensor, isOn: Bool
    ) -> (gate: [Float], weight: [Float]) {
        var settings = FP8Settings()
        settings.remembersGatesInFP8 = isOn
        let operations = LowPrecisionOperations(
            ReferenceOperations(), .fp8(settings), linears: LinearWeights([(down, .plain)]), pool: pool)
        let recording = RecordingOperations(operations, tape: Tape())
        let inner = recording.gatedSiLU(gate, up)
        let y = recording.groupedLinear(
            inner, [down, down], [RowGroup(index: 1, rows: 0..<2), RowGroup(index: 0, rows: 2..<5)])
        #expect(y.floats.bits == operations.linear(ReferenceOperations().gatedSiLU(gate, up), down).floats.bits)
        let gradients = recording.tape.gradients(of: y, dy)
        return (gradients[gate].floats, gradients[down.tensor].floats)
    }

    @Test func goesBackFromWhatIsRemembered() {
        var generator = SeededGenerator(21)
        let (gate, up) = (generator.tensor([5, 130], in: -3...3), generator.tensor([5, 130]))
        let (down, dy) = (Weight(generator.tensor([7, 130])), generator.tensor([5, 7]))
        let (gate8, up8) = (
            gate.remembered(in: .e4m3, .exact, pool: pool), up.remembered(in: .e4m3, .exact, pool: pool)
        )
        let remembering = gradients(gate, up, down, dy, isOn: true)
        // The same as if the forward pass had seen the rounded values, which need no second rounding.
        let rounded = gradients(gate8, up8, down, dy, isOn: false)
        let exact = gradients(gate, up, down, dy, isOn: false)
        #expect(remembering.gate.bits == rounded.gate.bits && remembering.weight.bits == rounded.weight.bits)
        #expect(remembering.gate.bits != exact.gate.bits && remembering.weight.bits != exact.weight.bits)
    }

    @Test func forgetsWhatNobodyHas() {
        let outputs = GatedOutputs()
        let x = Tensor([1, 2, 3, 4], shape: [2, 2])
        var storage: Storage?
        do {
            let output = Tensor([5, 6, 7, 8], shape: [2, 2])
            outputs.note(output, gate: x, up: x)
            #expect(outputs.inputs(of: output.slice(1..<2))?.gate.floats == [3, 4])
            #expect(outputs.inputs(of: x) == nil)
            storage = output.storage
        }
        weak var left = storage
        storage = nil
        #expect(left == nil)
    }
}
