import Foundation
import Tensors
import Testing

@testable import Models

/// The router against another one, written from the papers' sentences: sort everything, take the first.
struct RouterTests {
    /// The choice of one token, in f64.
    struct NaiveRouter {
        let configuration: MixtureConfiguration
        let bias: [Float]

        func choose(_ affinities: [Float]) -> (experts: [Int], weights: [Double]) {
            let scores = self.scores(affinities.map(Double.init))
            let biased = zip(scores, bias).map { $0 + Double($1) }
            let groups = bestGroups(biased)
            let size = configuration.expertCount / configuration.groupCount
            let allowed = biased.indices.filter { groups.contains($0 / size) }
            let ranked = allowed.sorted { biased[$0] > biased[$1] || biased[$0] == biased[$1] && $0 < $1 }
            let experts = ranked.prefix(configuration.expertsPerToken).sorted()
            let chosen = experts.map { scores[$0] }
            let isNormalized = configuration.normalizesWeights && configuration.expertsPerToken > 1
            let sum = isNormalized ? chosen.reduce(0, +) : 1
            return (experts, chosen.map { $0 / sum * Double(configuration.scalingFactor) })
        }

        private func scores(_ affinities: [Double]) -> [Double] {
            guard configuration.scoring == .softmax else { return affinities.map { 1 / (1 + exp(-$0)) } }
            let sum = affinities.map(exp).reduce(0, +)
            return affinities.map { exp($0) / sum }
        }

        private func bestGroups(_ biased: [Double]) -> Set<Int> {
            let size = configuration.expertCount / configuration.groupCount
            let scores = (0..<configuration.groupCount).map { group in
                let members = biased[group * size..<(group + 1) * size].sorted(by: >)
                return configuration.groupScore == .bestExpert ? members[0] : members.prefix(2).reduce(0, +)
            }
            let ranked = scores.indices.sorted { scores[$0] > scores[$1] || scores[$0] == scores[$1] && $0 < $1 }
            return Set(ranked.prefix(configuration.groupsPerToken))
        }
    }

    private func mixture(
        experts: Int, chosen: Int, scoring: MixtureConfiguration.Scoring = .softmax,
        groups: (count: Int, kept: Int) = (1, 1),
        score: MixtureConfiguration.GroupScore = .bestExpert, normalizes: Bool = false, scale: Float = 1
    ) -> MixtureConfiguration {
        MixtureConfiguration(
            expertCount: experts, expertsPerToken: chosen, expertSize: 1, sharedSize: 0, firstLayer: 0,
            layerFrequency: 1, scoring: scoring, hasSelectionBias: true, groupCount: groups.count,
            groupsPerToken: groups.kept, groupScore: score, normalizesWeights: normalizes, scalingFactor: scale)
    }

    /// A router whose affinities are its input.
    private func router(_ configuration: MixtureConfiguration, bias: [Float]?) -> Router {
        let count = configuration.expertCount
        let identity = (0..<count * count).map { Float($0 / count == $0 % count ? 1 : 0) }
        return Router(
            gate: Linear(weight: Weight(Tensor(identity, shape: [count, count])), bias: nil),
            selectionBias: bias.map { Tensor($0, shape: [count]) },
            configuration: configuration)
    }

    private func compare(_ configuration: MixtureConfiguration, _ affinities: [Float], bias: [Float]?) throws {
        let (count, k) = (configuration.expertCount, configuration.expertsPerToken)
        let tokens = affinities.count / count
        let naive = NaiveRouter(configuration: configuration, bias: bias ?? [Float](repeating: 0, count: count))
        for choice in OperationsChoice.allCases {
            let (_, experts, weights) = router(configuration, bias: bias)(
                Tensor(affinities, shape: [tokens, count]), try choice.operations)
            #expect(weights.shape.array == [tokens, k])
            for token in 0..<tokens {
                let expected = naive.choose(Array(affinities[token * count..<(token + 1) * count]))
                #expect(experts[token * k..<(token + 1) * k].map(Int.init) == expected.experts, "\(choice)")
                let found = weights.floats[token * k..<(token + 1) * k]
                let error = zip(found, expected.weights).map { abs(Double($0) - $1) / max(abs($1), 1e-6) }.max() ?? 1
                #expect(error < 1e-5, "\(choice): \(error)")
            }
        }
    }

    static let scorings: [MixtureConfiguration.Scoring] = [.softmax, .sigmoid]

    @Test(arguments: scorings, [1, 2, 6, 12])
    func greedyChoice(scoring: MixtureConfiguration.Scoring, chosen: Int) throws {
        var numbers = SeededNumbers(seed: 1)
        for normalizes in [false, true] {
            let configuration = mixture(
                experts: 12, chosen: chosen, scoring: scoring, normalizes: normalizes, scale: normalizes ? 2.5 : 1)
            try compare(configuration, numbers.floats(12 * 40), bias: nil)
        }
    }

    @Test(arguments: scorings, [MixtureConfiguration.GroupScore.bestExpert, .sumOfBestTwo])
    func groupLimitedChoice(scoring: MixtureConfiguration.Scoring, score: MixtureConfiguration.GroupScore) throws {
        var numbers = SeededNumbers(seed: 2)
        for (groups, kept, chosen) in [(1, 1, 24), (2, 1, 5), (4, 2, 4), (4, 4, 7), (8, 3, 9), (24, 6, 6)] {
            let configuration = mixture(
                experts: 24, chosen: chosen, scoring: scoring, groups: (groups, kept), score: score, normalizes: true,
                scale: 16)
            try compare(configuration, numbers.floats(24 * 30), bias: nil)
            try compare(configuration, numbers.floats(24 * 30), bias: numbers.floats(24, in: -1...1))
        }
    }

    /// Equal scores: the expert with the lower number, as in the reference's stable order.
    @Test(arguments: scorings)
    func tiesGoToTheFirst(scoring: MixtureConfiguration.Scoring) throws {
        var numbers = SeededNumbers(seed: 3)
        for chosen in [1, 3, 8] {
            let affinities = (0..<16 * 50).map { _ in Float(Int.random(in: -1...1, using: &numbers)) }
            try compare(mixture(experts: 16, chosen: chosen, scoring: scoring), affinities, bias: nil)
        }
        try compare(
            mixture(experts: 16, chosen: 4, scoring: scoring, groups: (4, 2)), [Float](repeating: 0.5, count: 16),
            bias: nil)
    }

    /// A bias changes who is chosen, and never what the chosen weigh.
    @Test func biasPicksAndNeverWeighs() throws {
        let configuration = mixture(experts: 4, chosen: 2, scoring: .sigmoid)
        let x = Tensor([2, 1, 0, -1], shape: [1, 4])
        for choice in OperationsChoice.allCases {
            let plain = router(configuration, bias: nil)(x, try choice.operations)
            #expect(plain.experts == [0, 1])
            let biased = router(configuration, bias: [0, -10, 0, 10])(x, try choice.operations)
            #expect(biased.experts == [0, 3])
            #expect(biased.weights.floats[0] == plain.weights.floats[0])
            #expect(abs(biased.weights.floats[1] - 1 / (1 + exp(1))) < 1e-6)
        }
    }

    /// An expert of a lost group loses even where every biased score of the kept groups is negative.
    @Test func lostGroupsStayLostAmongNegativeScores() throws {
        let configuration = mixture(
            experts: 6, chosen: 3, scoring: .sigmoid, groups: (2, 1), score: .sumOfBestTwo)
        let bias: [Float] = [-2, -2, -9, -5, -5, -1]
        try compare(configuration, [0.3, 0.1, 0.2, 0.3, 0.1, 0.2], bias: bias)
    }

    /// A broken model's scores still choose experts that there are, each once.
    @Test func scoresThatAreNoNumbersChooseSomeExperts() throws {
        let configuration = mixture(experts: 8, chosen: 3, groups: (4, 2), score: .sumOfBestTwo)
        for choice in OperationsChoice.allCases {
            let x = Tensor([Float](repeating: .nan, count: 16), shape: [2, 8])
            let (_, experts, _) = router(configuration, bias: nil)(x, try choice.operations)
            #expect(experts.count == 6 && experts.allSatisfy { (0..<8).contains($0) })
            #expect(Set(experts[..<3]).count == 3 && Set(experts[3...]).count == 3)
        }
    }
}
