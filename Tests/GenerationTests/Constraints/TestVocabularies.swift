import Files
import Foundation

@testable import Generation

/// Vocabularies and walks that tests of constraints share.
enum TestVocabularies {
    /// A token for every byte, and one that ends.
    static let bytes = ConstraintVocabulary(size: 257, endTokens: [256]) { [UInt8(truncatingIfNeeded: $0)] }

    /// A token for every byte, one that ends, and `more`.
    static func bytes(and more: [[UInt8]]) -> ConstraintVocabulary {
        ConstraintVocabulary(size: 257 + more.count, endTokens: [256]) { token in
            token < 256 ? [UInt8(truncatingIfNeeded: token)] : more[Int(token) - 257]
        }
    }

    /// A token for every byte, one that ends, and such as vocabularies have that were trained on JSON and prose.
    static func realistic(_ random: inout RandomSource, count: Int) -> ConstraintVocabulary {
        let pieces = [
            "\"", "\":", "\": ", "\",", "\", \"", "{\"", "{", "}", "}}", "]", "],", "[", "[[", ",", " ", "\n", "\n  ",
            "  ",
            "true", "false", "null", "0", "1", "12", "345", ".5", "-", "e", "name", "age", "a", "b", "é", "ß", "中", "🙂",
            "\\", "\\n", "\\\"", "\\u", "00", "<", "/", ">", "kind", "value",
        ].map { Array($0.utf8) }
        var more: Set<[UInt8]> = []
        while more.count < count {
            var token: [UInt8] = []
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                token += pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }
            // Vocabularies hold parts of characters too.
            if Int.random(in: 0..<4, using: &random) == 0 {
                token.removeLast(Int.random(in: 0..<token.count, using: &random))
            }
            if token.count > 1 { more.insert(token) }
        }
        return bytes(and: more.sorted { $0.lexicographicallyPrecedes($1) })
    }
}

extension Grammar {
    /// Whether the text is accepted, for tables.
    func accepts(_ text: String) throws -> Bool { try matches(text) }

    static func schema(_ text: String) throws -> Grammar { try Grammar(jsonSchema: text) }
}

extension ConstraintProgress {
    /// The tokens that may follow.
    func allowed() throws -> [Int32] {
        var logits = [Float](repeating: 0, count: constraint.vocabulary.size)
        try restrict(&logits)
        return logits.indices.filter { logits[$0] == 0 }.map(Int32.init)
    }
}

/// Walks at random through what a constraint allows.
struct RandomWalk {
    /// How many tokens are chosen freely before the walk makes for the end.
    var freedom = 60
    /// Nothing ends it later.
    var limit = 4_000

    private static let closing = Array("\"}]0 1ntfalsrue:,a-".utf8).map(Int32.init)

    /// A text from first to last token, its end token left out; `nil` if it got too long.
    func text(_ constraint: Constraint, _ random: inout RandomSource) throws -> [UInt8]? {
        var progress = try constraint.begin()
        var bytes: [UInt8] = []
        for step in 0..<limit {
            if progress.isFinished { return bytes }
            let allowed = try progress.allowed()
            if step >= freedom, allowed.contains(256) { return bytes }
            let closing = RandomWalk.closing.first { allowed.contains($0) }
            let token =
                step >= freedom ? closing ?? allowed[0] : allowed[Int.random(in: 0..<allowed.count, using: &random)]
            if token == 256 { return bytes }
            bytes += Array(constraint.vocabulary.bytes(of: token))
            try progress.append(token)
        }
        return nil
    }
}
