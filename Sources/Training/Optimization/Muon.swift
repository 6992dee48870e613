import Tensors

/// Momentum whose direction is made orthogonal: Jordan et al. (Muon, kellerjordan.github.io/posts/muon, 2024), with the scale of
/// Liu et al. (Moonlight, arXiv 2502.16982); the method's numbers are from memory of both, and V4's from its report.
///
/// M ← μ·M + G; O = orthogonal(μ·M + G); W ← W·(1 − η·λ) − η·s·O. Where a matrix U·S·Vᵀ is the direction, its orthogonal form is
/// near U·Vᵀ: every direction that the gradient has counts alike. For matrices of hidden layers, each for itself.
package struct Muon: Sendable {
    /// The polynomials that are applied, one after another, to singular values in 0 ... 1.
    package enum Iteration: String, Sendable, CaseIterable {
        /// Five times (3.4445, −4.7750, 2.0315), which ends between 0.7 and 1.2: Jordan et al.
        case quintic
        /// Eight times the same, then twice (2, −1.5, 0.5), which ends near 1: DeepSeek-V4.
        case hybrid

        var coefficients: [(a: Float, b: Float, c: Float)] {
            let fast: (a: Float, b: Float, c: Float) = (3.4445, -4.7750, 2.0315)
            switch self {
            case .quintic: return Array(repeating: fast, count: 5)
            case .hybrid: return Array(repeating: fast, count: 8) + Array(repeating: (2, -1.5, 0.5), count: 2)
            }
        }
    }

    /// s, by which an update of [rows, columns] is multiplied.
    package enum Scale: String, Sendable, CaseIterable {
        /// 0.2 · √max(rows, columns): values as large as AdamW's usual ones, so that rate and decay serve both (Moonlight).
        case moonlight
        /// √max(1, rows / columns): a bound on how far outputs move (Jordan et al.).
        case keller

        func factor(rows: Int, columns: Int) -> Float {
            switch self {
            case .moonlight: 0.2 * Float(max(rows, columns)).squareRoot()
            case .keller: max(1, Float(rows) / Float(max(columns, 1))).squareRoot()
            }
        }
    }

    package struct Settings: Sendable, Equatable {
        package var momentum = 0.95
        /// Whether the direction looks one step ahead: μ·M + G instead of M.
        package var nesterov = true
        package var iteration = Iteration.quintic
        package var scale = Scale.moonlight
        /// Factor on the learning rate of matrices.
        package var matrixRate = 1.0
        package var weightDecay = 0.1

        package init() {}

        init(_ section: RecipeSection) throws {
            momentum = try section.number("momentum", in: 0...0.999_999, default: momentum)
            nesterov = try section.boolean("nesterov", default: nesterov)
            iteration = try section.choice("iteration", default: iteration)
            scale = try section.choice("scale", default: scale)
            matrixRate = try section.number("matrixRate", in: 0...1e6, default: matrixRate)
        }
    }

    package let settings: Settings

    package init(_ settings: Settings = Settings()) { self.settings = settings }

    /// Changes a matrix [rows, columns] and its momentum, f32 of the same shape, in place.
    package func update(
        _ parameter: Tensor, _ momentum: Tensor, gradient: Tensor, rate: Double, decays: Bool = true,
        operations: any Operations
    ) {
        let direction = advance(momentum, gradient)
        let orthogonal = Muon.orthogonalized(direction, settings.iteration, operations)
        let rate = rate * settings.matrixRate
        let (rows, columns) = (parameter.shape[0], parameter.shape[1])
        let size = Float(rate) * settings.scale.factor(rows: rows, columns: columns)
        let kept = Float(1 - (decays ? rate * settings.weightDecay : 0))
        orthogonal.withFloats { o in
            parameter.withMutableFloats { p in
                for i in p.indices { p[i] = kept * p[i] - size * o[i] }
            }
        }
    }

    /// The new momentum, in place, and the direction it gives.
    private func advance(_ momentum: Tensor, _ gradient: Tensor) -> Tensor {
        let (mu, looksAhead) = (Float(settings.momentum), settings.nesterov)
        let direction = Tensor(uninitialized: gradient.shape)
        gradient.withFloats { g in
            momentum.withMutableFloats { m in
                direction.withMutableFloats { d in
                    for i in d.indices {
                        m[i] = mu * m[i] + g[i]
                        d[i] = looksAhead ? mu * m[i] + g[i] : m[i]
                    }
                }
            }
        }
        return direction
    }

    /// Nearly U·Vᵀ of the matrix U·S·Vᵀ: X ← a·X + b·(X·Xᵀ)·X + c·(X·Xᵀ)²·X, from X of length 1 on; the shorter side first, which
    /// keeps X·Xᵀ small. A matrix of zeros stays one.
    package static func orthogonalized(
        _ matrix: Tensor, _ iteration: Iteration, _ operations: any Operations
    ) -> Tensor {
        let isTall = matrix.shape[0] > matrix.shape[1]
        let length = Float(GradientNorm.norm(of: [matrix]))
        var x = operations.scale(isTall ? matrix.transposed() : matrix, by: 1 / (length + 1e-7))
        for (a, b, c) in iteration.coefficients {
            let square = operations.linear(x, Weight(x))  // X·Xᵀ, symmetric
            let fourth = operations.linear(square, Weight(square))
            let sum = operations.add(operations.scale(square, by: b), operations.scale(fourth, by: c))
            x = operations.add(operations.scale(x, by: a), operations.inputGradient(sum, Weight(x)))
        }
        return isTall ? x.transposed() : x
    }
}
