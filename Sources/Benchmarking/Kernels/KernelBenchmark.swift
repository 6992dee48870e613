import Tensors

/// Measures the operations that models spend their time in, one by one, on noise.
package struct KernelBenchmark: Sendable {
    let plan: KernelPlan
    let kernels: FloatKernels
    /// So much is gone through before anything is used again, so that weights come from memory, as a model's do.
    private static let workingSet = 512 << 20
    /// Shorter calls are repeated until they take as long together.
    private static let leastSeconds = 0.02

    /// - Throws: `InputError` if the plan makes no sense, or `ISOBATH_KERNELS` names what this processor cannot run.
    package init(_ plan: KernelPlan) throws {
        try plan.check()
        self.plan = plan
        self.kernels = try FloatKernels.selected()
    }

    /// The name of the kernels that are measured.
    package var name: String { kernels.name }

    /// All results, each told to `finished` as soon as it is there.
    /// - Parameter isCancelled: asked before each; once true, what is there is returned.
    package func run(
        isCancelled: () -> Bool = { false }, finished: (KernelResult) -> Void = { _ in }
    ) -> [KernelResult] {
        var results: [KernelResult] = []
        func add(_ measure: () -> KernelResult) {
            guard !isCancelled() else { return }
            results.append(measure())
            if let last = results.last { finished(last) }
        }
        for threads in plan.threads {
            let pool = ThreadPool(threads: threads)
            for type in plan.types { products(type, pool, add) }
            for depth in plan.depths {
                for type in plan.cacheTypes { attentions(type, depth: depth, pool, add) }
            }
        }
        return results
    }

    /// How many results there will be.
    package var count: Int {
        let products = plan.types.reduce(0) { sum, type in
            let fitting = plan.shapes.filter { type.byteCount(ofRowWithWidth: $0.inputs) != nil }
            return sum + fitting.count * arithmetics(type).count
        }
        let kinds = plan.cacheTypes.reduce(0) { sum, type in
            attentionShapes.reduce(sum) { $0 + $1.arithmetics(type).count }
        }
        let attentions = plan.depths.map { depth in plan.rows.filter { $0 <= depth }.count * kinds }
        return plan.threads.count * (plan.rows.count * products + attentions.reduce(0, +))
    }

    /// A call's time, in microseconds, of each repetition, after one that warms up.
    func times(_ body: () -> Void) -> Spread {
        let clock = ContinuousClock()
        let once = clock.measure(body) / .seconds(1)
        let calls = max(Int(KernelBenchmark.leastSeconds / max(once, 1e-7)), 1)
        return Spread(
            (0..<plan.repeats).map { _ in
                let time = clock.measure { for _ in 0..<calls { body() } }
                return time / .microseconds(1) / Double(calls)
            })
    }
}

// MARK: - Products

extension KernelBenchmark {
    private func products(_ type: ElementType, _ pool: ThreadPool, _ add: (() -> KernelResult) -> Void) {
        for shape in plan.shapes {
            guard let weight = RandomWeights.make(type, rows: shape.outputs, columns: shape.inputs) else { continue }
            let copies = copies(of: weight)
            for arithmetic in arithmetics(type) {
                let operations = CPUOperations(kernels: kernels, pool: pool, arithmetic: arithmetic)
                for rows in plan.rows {
                    add { product(copies, shape, rows: rows, operations, pool, arithmetic) }
                }
            }
        }
    }

    /// The ways in which products with weights of `type` are computed.
    private func arithmetics(_ type: ElementType) -> [Arithmetic] {
        type.hasIntegerKernels || kernels.roundsActivations(for: type) ? [.exact, .eightBit] : [.exact]
    }

    private static func name(_ arithmetic: Arithmetic, of type: ElementType) -> String {
        if arithmetic == .exact { return "exact" }
        return type.hasIntegerKernels ? "8-bit" : "bf16"
    }

    private func product(
        _ copies: [Weight], _ shape: KernelPlan.Shape, rows: Int, _ operations: CPUOperations, _ pool: ThreadPool,
        _ arithmetic: Arithmetic
    ) -> KernelResult {
        let x = noise([rows, shape.inputs])
        var next = 0
        let times = times {
            _ = operations.linear(x, copies[next % copies.count])
            next += 1
        }
        return KernelResult(
            kind: .product, type: copies[0].elementType.rawValue.lowercased(),
            shape: "\(shape.outputs) × \(shape.inputs)", rows: rows, threads: pool.threads,
            arithmetic: KernelBenchmark.name(arithmetic, of: copies[0].elementType), microseconds: times,
            gbPerS: Double(copies[0].tensor.byteCount) / times.median / 1e3,
            gopPerS: 2 * Double(shape.outputs * shape.inputs * rows) / times.median / 1e3)
    }

    /// As many of the same matrix as make up the working set.
    private func copies(of weight: Weight) -> [Weight] {
        let count = KernelBenchmark.workingSet / max(weight.tensor.byteCount, 1) + 1
        return [weight]
            + (1..<count).compactMap { _ in
                let storage = Storage(byteCount: weight.tensor.storage.byteCount)
                storage.copy(from: weight.tensor.storage)
                return Tensor(
                    storage: storage, byteOffset: 0, elementType: weight.elementType, shape: weight.tensor.shape
                ).map { Weight($0, scales: weight.scales) }
            }
    }

    func noise(_ shape: Shape) -> Tensor {
        var value: UInt32 = 1
        let values = (0..<shape.count).map { _ in
            value = value &* 1_664_525 &+ 1_013_904_223
            return Float(value >> 8) * 0x1p-23 - 1
        }
        return Tensor(values, shape: shape)
    }
}
