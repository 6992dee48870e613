import Files
import Foundation
import TestSupport
import Testing

@testable import Generation

/// The seeds that fuzzing starts from are whole, and what becomes of them when they are damaged is an error at worst.
@Suite(.timeLimit(.minutes(5))) struct ConstraintCorpusTests {
    private static let makers: [(target: String, make: @Sendable (String) throws -> Grammar)] = [
        ("grammar", { try Grammar(gbnf: $0) }), ("regex", { try Grammar(regularExpression: $0) }),
        ("schema", { try Grammar(jsonSchema: $0) }),
    ]

    private func seeds(_ target: String) throws -> [String] {
        let folder = Fixture.root + "/../../Fuzz/Corpus/" + target
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
            try String(contentsOfFile: folder + "/" + $0, encoding: .utf8)
        }
    }

    @Test(arguments: makers.indices) func seedsAreGrammars(_ index: Int) throws {
        let (target, make) = Self.makers[index]
        let seeds = try seeds(target)
        #expect(seeds.count >= 3)
        for seed in seeds { _ = try make(seed) }
    }

    @Test(arguments: makers.indices) func damagedSeedsAreGrammarsOrErrors(_ index: Int) throws {
        let (target, make) = Self.makers[index]
        let seeds = try seeds(target)
        var random = RandomSource(seed: UInt64(index))
        var errors = 0
        for round in 0..<1_500 {
            let text = damaged(seeds[round % seeds.count], seeds, &random)
            do {
                let constraint = Constraint(try make(text), TestVocabularies.bytes)
                var walk = RandomWalk()
                (walk.freedom, walk.limit) = (20, 60)
                if let bytes = try walk.text(constraint, &random) { #expect(try constraint.grammar.matches(bytes)) }
            } catch is InputError {
                errors += 1
            }
        }
        #expect(errors > 100)
    }

    /// The text with a few characters taken away, doubled, put elsewhere, or taken from another one.
    private func damaged(_ text: String, _ others: [String], _ random: inout RandomSource) -> String {
        var characters = Array(text.unicodeScalars)
        let other = Array(others[Int.random(in: 0..<others.count, using: &random)].unicodeScalars)
        for _ in 0...Int.random(in: 0..<4, using: &random) where characters.count > 2 {
            let (start, length) = (
                Int.random(in: 0..<characters.count, using: &random), Int.random(in: 1...6, using: &random)
            )
            let range = start..<min(start + length, characters.count)
            let place = Int.random(in: 0...characters.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: characters.removeSubrange(range)
            case 1: characters.insert(contentsOf: characters[range], at: place)
            case 2:
                characters[start] =
                    "\\[](){}|*+?\"^$,:-0<\u{0}é"[...].unicodeScalars.randomElement(using: &random) ?? "a"
            default: characters.insert(contentsOf: other[..<min(length * 3, other.count)].suffix(length), at: place)
            }
        }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: characters)
        return String(result)
    }
}
