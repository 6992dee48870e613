import Foundation
import Tensors
import Testing

@testable import Models

/// What a rotation must be, whatever its frequencies; and the rules that stretch them.
struct RotaryTests {
    static let scalings: [RotaryScaling] = [
        .none, .linear(factor: 4), .yarn(factor: 40, originalContext: 4_096, betaFast: 32, betaSlow: 1),
        .llama3(factor: 8, lowFrequency: 1, highFrequency: 4, originalContext: 8_192),
    ]

    private func embedding(
        _ scaling: RotaryScaling = .none, size: Int = 16, magnitude: Float = 1, adjacent: Bool = true
    ) -> RotaryEmbedding {
        RotaryEmbedding(
            RotaryConfiguration(
                size: size, base: 10_000, scaling: scaling, magnitude: magnitude, pairsAdjacent: adjacent))
    }

    private func turn(_ values: [Float], at position: Int, _ embedding: RotaryEmbedding) throws -> [Float] {
        let x = Tensor(values, shape: [1, 1, values.count])
        return try OperationsChoice.cpu.operations.rotate(x, embedding.rotation(positions: [position])).floats
    }

    private func product(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    @Test(arguments: scalings.indices, [true, false])
    func lengthIsKept(scaling: Int, adjacent: Bool) throws {
        var numbers = SeededNumbers(seed: 4)
        for position in [0, 1, 77, 4_095, 163_839] {
            let x = numbers.floats(16)
            for magnitude: Float in [1, 1.25] {
                let turned = try turn(
                    x, at: position, embedding(Self.scalings[scaling], magnitude: magnitude, adjacent: adjacent))
                let ratio = product(turned, turned) / product(x, x)
                #expect(abs(ratio - Double(magnitude * magnitude)) < 1e-5)
            }
        }
    }

    /// The score of a query and a key depends on how far apart they are, not on where.
    @Test(arguments: scalings.indices, [true, false])
    func scoresDependOnTheDistance(scaling: Int, adjacent: Bool) throws {
        var numbers = SeededNumbers(seed: 5)
        let embedding = embedding(Self.scalings[scaling], adjacent: adjacent)
        for distance in [0, 1, 13, 200] {
            let (query, key) = (numbers.floats(16), numbers.floats(16))
            let scores = try [0, 1, 50, 1_000].map {
                product(try turn(query, at: $0 + distance, embedding), try turn(key, at: $0, embedding))
            }
            #expect(scores.allSatisfy { abs($0 - scores[0]) < 2e-3 }, "\(scores)")
        }
    }

    /// Halves are adjacent pairs in another order: (0, d/2), (1, d/2 + 1), …
    @Test func halvesArePermutedPairs() throws {
        var numbers = SeededNumbers(seed: 6)
        let order = (0..<16).map { $0 % 2 * 8 + $0 / 2 }
        for position in [1, 9, 1_234] {
            let x = numbers.floats(16)
            let halves = try turn(x, at: position, embedding(adjacent: false))
            let pairs = try turn(order.map { x[$0] }, at: position, embedding(adjacent: true))
            #expect(order.map { halves[$0] } == pairs)
        }
    }

    @Test func startStaysAndOneTurnIsOneRadian() throws {
        let embedding = embedding(size: 2)
        #expect(try turn([3, -4], at: 0, embedding) == [3, -4])
        let turned = try turn([1, 0], at: 1, embedding)
        #expect(abs(turned[0] - cos(1)) < 1e-6 && abs(turned[1] - sin(1)) < 1e-6)
    }

    /// Each row of a step turns by its own position, all heads of it alike.
    @Test func rowsTurnByTheirPositions() throws {
        var numbers = SeededNumbers(seed: 7)
        let (embedding, values) = (embedding(size: 8), numbers.floats(3 * 2 * 8))
        for choice in OperationsChoice.allCases {
            let turned = try choice.operations.rotate(
                Tensor(values, shape: [3, 2, 8]), embedding.rotation(positions: [5, 0, 9])
            ).floats
            for (row, position) in [5, 0, 9].enumerated() {
                for head in 0..<2 {
                    let place = (row * 2 + head) * 8..<(row * 2 + head + 1) * 8
                    #expect(Array(turned[place]) == (try turn(Array(values[place]), at: position, embedding)))
                }
            }
        }
    }

    // MARK: Scaling rules

    @Test func factorOneChangesNothing() {
        let plain = embedding(size: 64).inverseFrequencies
        for scaling: RotaryScaling in [
            .linear(factor: 1), .yarn(factor: 1, originalContext: 4_096, betaFast: 32, betaSlow: 1),
            .llama3(factor: 1, lowFrequency: 1, highFrequency: 4, originalContext: 8_192),
            .divisors([Float](repeating: 1, count: 32)),
        ] {
            #expect(relativeError(embedding(scaling, size: 64).inverseFrequencies, plain) < 1e-7)
        }
        #expect(yarnMagnitude(1, 1) == 1 && yarnMagnitude(0.5, 3) == 1)
    }

    @Test func linearDividesAll() {
        let plain = embedding(size: 64).inverseFrequencies
        #expect(embedding(.linear(factor: 4), size: 64).inverseFrequencies == plain.map { $0 / 4 })
    }

    /// Quick pairs stay, slow ones are divided, and no pair in between leaves that range or the order.
    @Test(arguments: [2, 3]) func lowFrequenciesAreStretched(scaling: Int) {
        let plain = embedding(size: 128).inverseFrequencies
        let scaled = embedding(Self.scalings[scaling], size: 128).inverseFrequencies
        let factor: Float = scaling == 2 ? 40 : 8
        #expect(scaled[0] == plain[0])
        #expect(abs(scaled[63] * factor / plain[63] - 1) < 1e-6)
        for index in 0..<64 {
            let ratio = plain[index] / scaled[index]
            #expect(ratio > 0.99999 && ratio < factor * 1.00001)
            #expect(index == 0 || scaled[index] < scaled[index - 1])
        }
    }

    /// GGUF files store Llama 3.1's rule as a divisor a pair.
    @Test func divisorsSayTheSameAsTheRule() {
        let plain = embedding(size: 128).inverseFrequencies
        let ruled = embedding(Self.scalings[3], size: 128).inverseFrequencies
        let divisors = zip(plain, ruled).map { $0 / $1 }
        #expect(relativeError(embedding(.divisors(divisors), size: 128).inverseFrequencies, ruled) < 1e-6)
    }

    /// Ramps of no width, or outside of all pairs, still give numbers between the two ends.
    @Test func degenerateRampsOfYaRN() {
        let plain = embedding(size: 32).inverseFrequencies
        let cases: [(context: Float, fast: Float, slow: Float)] = [
            (1, 32, 1), (4_096, 1, 1), (4_096, 1, 32), (1e9, 1e-6, 1e-6), (4_096, 1e9, 1e9), (1, 1e-6, 1e9),
        ]
        for (context, fast, slow) in cases {
            let scaling = RotaryScaling.yarn(factor: 40, originalContext: context, betaFast: fast, betaSlow: slow)
            let found = embedding(scaling, size: 32).inverseFrequencies
            #expect(zip(found, plain).allSatisfy { $0 <= $1 * 1.00001 && $0 >= $1 / 40 * 0.99999 }, "\(found)")
        }
    }
}
