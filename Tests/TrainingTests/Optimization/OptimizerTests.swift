import Files
import Testing

@testable import Tensors
@testable import Training

@Suite struct OptimizerTests {
    private static let shapes: [(String, Shape, TrainedParameter.Kind)] = [
        ("table", [50, 8], .table), ("matrix", [12, 8], .matrix), ("experts", [3, 8, 12], .matrix),
        ("norm", [8], .vector),
    ]

    private func parameters(seed: UInt64) -> [TrainedParameter] {
        var numbers = SeededValues(seed: seed)
        return Self.shapes.map { TrainedParameter(name: $0, tensor: numbers.tensor($1), kind: $2) }
    }

    private func gradients(seed: UInt64) -> [Tensor] {
        var numbers = SeededValues(seed: seed)
        return Self.shapes.map { numbers.tensor($0.1) }
    }

    private func values(_ optimizer: Optimizer) -> [[Float]] { optimizer.parameters.map(\.tensor.floats) }

    private func settings(_ kind: OptimizerSettings.Kind, _ moments: OptimizerSettings.Storage) -> OptimizerSettings {
        var settings = OptimizerSettings()
        (settings.kind, settings.moments) = (kind, moments)
        return settings
    }

    private func optimizer(_ settings: OptimizerSettings, threads: Int = 1) -> Optimizer {
        let pool = ThreadPool(threads: threads)
        let operations = CPUOperations(kernels: .fastest, pool: pool, arithmetic: .exact)
        return Optimizer(settings, parameters(seed: 1), operations: operations, pool: pool)
    }

    static let kinds = OptimizerSettings.Kind.allCases
    static let storages = OptimizerSettings.Storage.allCases

    @Test(arguments: kinds, storages)
    func resumesBitByBit(_ kind: OptimizerSettings.Kind, _ moments: OptimizerSettings.Storage) throws {
        let settings = settings(kind, moments)
        var whole = optimizer(settings)
        var first = optimizer(settings)
        for step in 1...6 { whole.update(gradients(seed: UInt64(step)), rate: 0.01) }
        for step in 1...3 { first.update(gradients(seed: UInt64(step)), rate: 0.01) }
        var second = optimizer(settings)
        for (own, saved) in zip(second.parameters, first.parameters) { own.tensor.copyBytes(of: saved.tensor) }
        let saved = Dictionary(uniqueKeysWithValues: first.state.map { ($0.name, $0.tensor) })
        try second.restore(steps: first.steps, source: "state") { saved[$0] }
        for step in 4...6 { second.update(gradients(seed: UInt64(step)), rate: 0.01) }
        #expect(values(second) == values(whole) && second.steps == 6)
        #expect(values(whole) != parameters(seed: 1).map(\.tensor.floats))
    }

    @Test(arguments: kinds) func theSameForAnyNumberOfThreads(_ kind: OptimizerSettings.Kind) {
        let all = [1, 2, 3].map { threads in
            var optimizer = optimizer(settings(kind, .f32), threads: threads)
            for step in 1...3 { optimizer.update(gradients(seed: UInt64(step)), rate: 0.01) }
            return values(optimizer)
        }
        #expect(all[1] == all[0] && all[2] == all[0])
    }

    @Test func badStateIsRefused() throws {
        var optimizer = optimizer(settings(.muon, .f32))
        #expect(throws: InputError.self) { try optimizer.restore(steps: 1, source: "state") { _ in nil } }
        let error = #expect(throws: InputError.self) {
            try optimizer.restore(steps: 1, source: "state") { _ in Tensor([1], shape: [1]) }
        }
        #expect(error?.field == "table.mean")
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
        let expected: [(OptimizerSettings.Decayed, [Bool])] = [
            (.matrices, [true, true, true, false]), (.hidden, [false, true, true, false]),
            (.all, [true, true, true, true]), (.none, [false, false, false, false]),
        ]
        for (decayed, shrinks) in expected {
            var settings = OptimizerSettings()
            settings.decayed = decayed
            var optimizer = optimizer(settings)
            optimizer.update(Self.shapes.map { Tensor(zeros: $0.1) }, rate: 0.1)
            let changed = zip(values(optimizer), parameters(seed: 1)).map { $0 != $1.tensor.floats }
            #expect(changed == shrinks, "\(decayed)")
        }
    }

    @Test func settingsAreRead() throws {
        let recipe = try RecipeSection(
            yaml: "optimizer: {kind: muon, moments: bf16, weightDecay: 0.05, clip: 0, scale: keller, decayed: hidden}",
            source: "r")
        let settings = try OptimizerSettings(recipe.section("optimizer"))
        try recipe.finish()
        #expect(settings.kind == .muon && settings.moments == .bf16 && settings.clip == nil)
        #expect(settings.muon.scale == .keller && settings.muon.weightDecay == 0.05 && settings.decayed == .hidden)
        let none = try RecipeSection(yaml: "a: 1", source: "r")
        #expect(try OptimizerSettings(none.section("optimizer")) == OptimizerSettings())
    }

    static let bad = [
        "kind: sgd", "beta1: 1", "weightDecay: -1", "clip: x", "kind: muon\nmomentum: 2", "scale: keller",
    ]

    @Test(arguments: bad) func badSettingsAreRefused(_ yaml: String) throws {
        #expect(throws: InputError.self) {
            let section = try RecipeSection(yaml: yaml, source: "r")
            _ = try OptimizerSettings(section)
            try section.finish()
        }
    }
}
