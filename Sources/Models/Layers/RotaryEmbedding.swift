import Foundation
import Tensors

/// Rotary position embedding: pairs of a head turn by an angle that grows with the position.
///
/// RoFormer (arXiv 2104.09864) §3.4. θᵢ = base^(−2i/d) for i = 0 ..< d/2, changed by one of the scaling rules. All in
/// f32 as in the reference implementations: at position 100,000 the rounding of the angle is part of the model.
struct RotaryEmbedding: Sendable {
    /// θᵢ, after scaling: [d / 2].
    let inverseFrequencies: [Float]
    private let magnitude: Float
    private let pairing: Rotation.Pairing

    init(_ configuration: RotaryConfiguration) {
        self.inverseFrequencies = RotaryEmbedding.frequencies(configuration)
        self.magnitude = configuration.magnitude
        self.pairing = configuration.pairsAdjacent ? .adjacent : .halves
    }

    /// Cosines and sines for the rows of a step.
    func rotation(positions: [Int]) -> Rotation {
        let pairs = inverseFrequencies.count
        var cosines: [Float] = []
        var sines: [Float] = []
        cosines.reserveCapacity(positions.count * pairs)
        sines.reserveCapacity(positions.count * pairs)
        for position in positions {
            for frequency in inverseFrequencies {
                let angle = Double(Float(position) * frequency)
                cosines.append(Float(cos(angle)) * magnitude)
                sines.append(Float(sin(angle)) * magnitude)
            }
        }
        let shape: Shape = [positions.count, pairs]
        return Rotation(
            cosines: Tensor(cosines, shape: shape), sines: Tensor(sines, shape: shape), pairing: pairing)
    }

    // MARK: Scaling rules

    private static func frequencies(_ configuration: RotaryConfiguration) -> [Float] {
        let plain = (0..<configuration.size / 2).map { index in
            1 / Float(pow(Double(configuration.base), Double(2 * index) / Double(configuration.size)))
        }
        switch configuration.scaling {
        case .none: return plain
        case .linear(let factor): return plain.map { $0 / factor }
        case .divisors(let divisors): return zip(plain, divisors).map { $0 / $1 }
        case .llama3(let factor, let low, let high, let context):
            return plain.map { llama3($0, factor: factor, low: low, high: high, context: context) }
        case .yarn(let factor, let context, let fast, let slow):
            let ramp = yarnRamp(configuration, context: context, fast: fast, slow: slow)
            return zip(plain, ramp).map { $0 / factor * $1 + $0 * (1 - $1) }
        }
    }

    /// Llama 3.1: wavelengths beyond `context / low` are divided, those under `context / high` kept.
    private static func llama3(_ frequency: Float, factor: Float, low: Float, high: Float, context: Float) -> Float {
        let wavelength = 2 * Float.pi / frequency
        if wavelength > context / low { return frequency / factor }
        if wavelength < context / high { return frequency }
        let smooth = (context / wavelength - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
    }

    /// How far each frequency is stretched, 0 ... 1: none for pairs that turn more than `fast` times over the original
    /// context, whole for those that turn fewer than `slow` times (arXiv 2309.00071 eq. 18; bounds as DeepSeek's code).
    private static func yarnRamp(
        _ configuration: RotaryConfiguration, context: Float, fast: Float, slow: Float
    ) -> [Float] {
        let size = Double(configuration.size)
        func dimension(turns: Float) -> Double {
            size * log(Double(context) / (Double(turns) * 2 * .pi)) / (2 * log(Double(configuration.base)))
        }
        let low = max(dimension(turns: fast).rounded(.down), 0)
        var high = min(dimension(turns: slow).rounded(.up), size - 1)
        if low == high { high += 0.001 }
        return (0..<configuration.size / 2).map { Float(min(max((Double($0) - low) / (high - low), 0), 1)) }
    }
}
