import Models

/// A loss that is small when experts are used alike: Σᵢ cᵢ·Pᵢ, where Pᵢ is the mean affinity of T tokens to expert i, and cᵢ counts
/// choices and has no derivative.
///
/// Symbols as in DeepSeek-V2 (arXiv 2405.04434) §2.2.3: E experts, of which each token has k, on D devices, of which each token
/// has at most M. All but `firstChoice` are 1 when choices are even, whatever the affinities.
package enum BalanceLoss: String, Sendable, CaseIterable {
    /// cᵢ = fᵢ = E/(k·T) · how often i was chosen: V2 eq. 23–25, DeepSeekMoE (arXiv 2401.06066) eq. 12–14.
    case expert
    /// cᵢ = the mean f of the experts on the device of i: V2 eq. 26–28.
    case device
    /// cᵢ = D/(M·T) · the tokens that are sent to the device of i: V2 eq. 29–31.
    case communication
    /// As `expert`, of one sequence, with affinities that are divided by their sum, and the choices that they make without the
    /// bias: DeepSeek-V3 (arXiv 2412.19437) eq. 17–20.
    case sequence
    /// cᵢ = E/T · the tokens whose best expert is i: Fedus et al. (arXiv 2101.03961) eq. 4–6; what Lepikhin et al. (arXiv
    /// 2006.16668, algorithm 1) have is E² times smaller.
    case firstChoice

    /// Whether affinities are divided by their sum first.
    var isNormalized: Bool { self == .sequence }
}

/// What some rows chose.
struct RoutedRows {
    /// How well each expert suits each token, [T · E].
    let scores: ArraySlice<Float>
    /// The chosen experts, T · k.
    let experts: ArraySlice<Int32>
    let expertCount: Int
    let perToken: Int
    let devices: Int
    let devicesPerToken: Int

    private var tokens: Int { scores.count / expertCount }
    private var expertsPerDevice: Int { expertCount / devices }

    /// cᵢ of every expert.
    func coefficients(_ loss: BalanceLoss) -> [Double] {
        switch loss {
        case .expert: return shares(experts.map(Int.init))
        case .sequence: return shares(best(perToken))
        case .firstChoice: return shares(best(1))
        case .device:
            let shares = shares(experts.map(Int.init))
            return spread(
                (0..<devices).map { device in
                    let own = device * expertsPerDevice..<(device + 1) * expertsPerDevice
                    return shares[own].reduce(0, +) / Double(expertsPerDevice)
                })
        case .communication:
            let factor = Double(devices) / Double(devicesPerToken * tokens)
            return spread(visits.map { factor * Double($0) })
        }
    }

    /// E / (the number of choices) · how often each expert is among them.
    private func shares(_ chosen: [Int]) -> [Double] {
        var load = [Int](repeating: 0, count: expertCount)
        for expert in chosen { load[expert] += 1 }
        return load.map { Double($0 * expertCount) / Double(max(chosen.count, 1)) }
    }

    /// A number of every device, for each of its experts.
    private func spread(_ values: [Double]) -> [Double] { (0..<expertCount).map { values[$0 / expertsPerDevice] } }

    /// The tokens that are sent to each device, however many of its experts they want.
    private var visits: [Int] {
        var visits = [Int](repeating: 0, count: devices)
        for token in 0..<tokens {
            let start = experts.startIndex + token * perToken
            let chosen = Set(experts[start..<start + perToken].map { Int($0) / expertsPerDevice })
            for device in chosen { visits[device] += 1 }
        }
        return visits
    }

    /// The experts with the highest scores of each token.
    private func best(_ count: Int) -> [Int] {
        (0..<tokens).flatMap { token in
            let start = scores.startIndex + token * expertCount
            return indicesOfLargest(count, in: Array(scores[start..<start + expertCount]))
        }
    }

    /// Σ cᵢ·Pᵢ, and its derivative by every score, times `weight` and added to `gradient`.
    func add(_ loss: BalanceLoss, weight: Double, to gradient: inout ArraySlice<Float>) -> Double {
        let c = coefficients(loss)
        var sum = 0.0
        for token in 0..<tokens {
            let (from, to) = (scores.startIndex + token * expertCount, gradient.startIndex + token * expertCount)
            let row = scores[from..<from + expertCount].map(Double.init)
            let total = loss.isNormalized ? row.reduce(0, +) : 1
            guard total > 0 else { continue }
            let value = zip(c, row).reduce(0) { $0 + $1.0 * $1.1 } / total
            sum += value
            // Of s/Σs: each score counts for itself, and for the sum that divides all.
            let common = loss.isNormalized ? value : 0
            for expert in 0..<expertCount {
                gradient[to + expert] += Float(weight * (c[expert] - common) / total / Double(tokens))
            }
        }
        return sum / Double(max(tokens, 1))
    }
}
