import Files
import Testing

@testable import Tensors
@testable import Training

@Suite struct OptimizerTests {
    private static let shapes: [(String, Shape, Parameter.Kind)] = [
        ("table", [50, 8], .embedding), ("matrix", [12, 8], .matrix), ("experts", [3, 8, 12], .matrix),
        ("norm", [8], .norm),
    ]

    private func parameters(seed: UInt64) -> [Parameter] {
        var numbers = SeededValues(seed: seed)
        return Self.shapes.map { Parameter(name: $0, tensor: numbers.tensor($1), kind: $2) }
    }

    /// A run of a few tensors.
    private struct Run {
        let parameters: [Parameter]
        var optimizer: Optimizer

        var values: [[Float]] { parameters.map(\.tensor.floats) }

        mutating func step(_ number: Int, zeros: Bool = false) {
            var numbers = SeededValues(seed: UInt64(number))
            let gradients = Gradients()
            for parameter in parameters where !zeros {
                gradients[parameter.tensor].accumulate(numbers.tensor(parameter.tensor.shape))
            }
            optimizer.update(parameters, gradients, rate: 0.01, step: number)
        }
    }

    private func settings(_ kind: OptimizerSettings.Kind, _ moments: OptimizerSettings.Storage) -> OptimizerSettings {
        var settings = OptimizerSettings()
        (settings.kind, settings.moments) = (kind, moments)
        return settings
    }

    private func run(_ settings: OptimizerSettings, threads: Int = 1) -> Run {
        let pool = ThreadPool(threads: threads)
        let operations = CPUOperations(kernels: .fastest, pool: pool, arithmetic: .exact)
        let parameters = parameters(seed: 1)
        return Run(
            parameters: parameters,
            optimizer: Optimizer(settings, for: parameters, operations: operations, pool: pool))
    }

    static let kinds = OptimizerSettings.Kind.allCases
    static let storages = OptimizerSettings.Storage.allCases

    @Test(arguments: kinds, storages)
    func resumesBitByBit(_ kind: OptimizerSettings.Kind, _ moments: OptimizerSettings.Storage) throws {
        let settings = settings(kind, moments)
        var (whole, first, second) = (run(settings), run(settings), run(settings))
        for step in 1...6 { whole.step(step) }
        for step in 1...3 { first.step(step) }
        for (own, saved) in zip(second.parameters, first.parameters) { own.tensor.copyBytes(of: saved.tensor) }
        let saved = Dictionary(uniqueKeysWithValues: first.optimizer.state.map { ($0.name, $0.tensor) })
        try second.optimizer.restore(source: "state") { saved[$0] }
        for step in 4...6 { second.step(step) }
        #expect(second.values == whole.values)
        #expect(whole.values != parameters(seed: 1).map(\.tensor.floats))
    }

    @Test(arguments: kinds) func theSameForAnyNumberOfThreads(_ kind: OptimizerSettings.Kind) {
        let all = [1, 2, 3].map { threads in
            var run = run(settings(kind, .f32), threads: threads)
            for step in 1...3 { run.step(step) }
            return run.values
        }
        #expect(all[1] == all[0] && all[2] == all[0])
    }

    @Test func badStateIsRefused() throws {
        let optimizer = run(settings(.muon, .f32)).optimizer
        #expect(throws: InputError.self) { try optimizer.restore(source: "state") { _ in nil } }
        let error = #expect(throws: InputError.self) {
            try optimizer.restore(source: "state") { _ in Tensor([1], shape: [1]) }
        }
        #expect(error?.field == "table.mean")
    }

    /// The bias that chooses experts is balancing's.
    @Test func selectionBiasesStay() {
        let bias = Parameter(name: "bias", tensor: Tensor([1, 2], shape: [2]), kind: .selectionBias)
        var settings = OptimizerSettings()
        settings.decays = .all
        var optimizer = Optimizer(settings, for: [bias], operations: ReferenceOperations())
        let gradients = Gradients()
        gradients[bias.tensor].accumulate(Tensor([1, 1], shape: [2]))
        optimizer.update([bias], gradients, rate: 1, step: 1)
        #expect(bias.tensor.floats == [1, 2] && optimizer.state.isEmpty)
    }

    /// Half the bytes, and values that are those of f32 moments rounded to nearest even.
    @Test func shortMomentsAreRounded() {
        var numbers = SeededValues(seed: 3)
        let (parameter, gradient) = (numbers.tensor([40_000]), numbers.tensor([40_000]))
        let exact = Tensor(parameter.floats, shape: parameter.shape)
        let (short, long) = (AdamW.Moments(parameter.shape, type: .bf16), AdamW.Moments(parameter.shape))
        #expect(short.mean.byteCount == 80_000 && long.mean.byteCount == 160_000)
        AdamW().update(parameter, short, gradient: gradient, rate: 0.1, step: 1)
        AdamW().update(exact, long, gradient: gradient, rate: 0.1, step: 1)
        // From zeros on, rounding comes after the first step's arithmetic.
        #expect(parameter.floats == exact.floats)
        let rounded = long.mean.floats.map { value in
            let bits = value.bitPattern
            return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
        }
        #expect(short.mean.decoded().floats == rounded)
        AdamW().update(parameter, short, gradient: gradient, rate: 0.1, step: 2)
        AdamW().update(exact, long, gradient: gradient, rate: 0.1, step: 2)
        #expect(parameter.floats != exact.floats)
        #expect(zip(parameter.floats, exact.floats).allSatisfy { abs($0 - $1) < 0.002 })
    }

    @Test func decayIsForTheChosenKinds() {
        let expected: [(OptimizerSettings.Decays, [Bool])] = [
            (.tables, [true, true, true, false]), (.matrices, [false, true, true, false]),
            (.all, [true, true, true, true]), (.none, [false, false, false, false]),
        ]
        for (decays, shrinks) in expected {
            var settings = OptimizerSettings()
            settings.decays = decays
            var run = run(settings)
            run.step(1, zeros: true)
            let changed = zip(run.values, parameters(seed: 1)).map { $0 != $1.tensor.floats }
            #expect(changed == shrinks, "\(decays)")
        }
    }

    @Test func settingsAreRead() throws {
        let recipe = try RecipeSection(
            yaml:
                "optimizer: {kind: muon, moments: bf16, weightDecay: 0.05, clipping: 0, scale: keller, decays: tables}",
            source: "r")
        let settings = try OptimizerSettings(recipe.section("optimizer"))
        try recipe.finish()
        #expect(settings.kind == .muon && settings.moments == .bf16 && settings.clipping == 0)
        #expect(settings.muon.scale == .keller && settings.muon.weightDecay == 0.05 && settings.decays == .tables)
        let none = try RecipeSection(yaml: "a: 1", source: "r")
        #expect(try OptimizerSettings(none.section("optimizer")) == OptimizerSettings())
    }

    static let bad = [
        "kind: sgd", "beta1: 1", "weightDecay: -1", "clipping: x", "kind: muon\nmomentum: 2", "scale: keller",
    ]

    @Test(arguments: bad) func badSettingsAreRefused(_ yaml: String) throws {
        #expect(throws: InputError.self) {
            let section = try RecipeSection(yaml: yaml, source: "r")
            _ = try OptimizerSettings(section)
            try section.finish()
        }
    }
}
