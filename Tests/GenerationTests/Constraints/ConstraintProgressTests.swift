import Files
import Testing

@testable import Generation

@Suite struct ConstraintProgressTests {
    /// Bytes, an end at 256, and marks of a thought at 257 and 258.
    private static let vocabulary = ConstraintVocabulary(
        size: 262, endTokens: [256], marks: [257: Array("<think>".utf8), 258: Array("</think>".utf8)]
    ) { token in
        switch token {
        case 0..<256: [UInt8(truncatingIfNeeded: token)]
        // Special, so no text; and tokens that reach over the end of a thought.
        case 259: nil
        case 260: Array("k>\n\n".utf8)
        case 261: Array("k>x".utf8)
        default: nil
        }
    }

    private func begin(_ pattern: String, _ beginning: TextBeginning = .answer) throws -> ConstraintProgress {
        try Constraint(Grammar(regularExpression: pattern), Self.vocabulary).begin(beginning)
    }

    private func append(_ text: String, to progress: inout ConstraintProgress) throws {
        for byte in text.utf8 { try progress.append(Int32(byte)) }
    }

    // MARK: Ends

    @Test func endsMayComeWhereTheTextIsComplete() throws {
        var progress = try begin("ab*")
        #expect(try progress.allowed() == [97] && !progress.isComplete)
        #expect(throws: InputError.self) { try progress.append(256) }
        try progress.append(97)
        #expect(try progress.allowed() == [98, 256] && progress.isComplete && !progress.isFinished)
        try progress.append(98)
        try progress.append(256)
        #expect(try progress.isFinished && progress.isComplete)
        // What is guessed behind the end is free.
        #expect(try progress.allowed().count == 262)
        try progress.append(3)
    }

    @Test func nothingFollowsATextThatCannotGoOn() throws {
        var progress = try begin("ab?")
        try append("ab", to: &progress)
        #expect(progress.isFinished)
        #expect(try begin("a{2}").isFinished == false)
    }

    @Test func wrongTokensAreErrorsAndChangeNothing() throws {
        var progress = try begin("ab")
        for token in [98, 259, 257, -1, 262, 100_000] as [Int32] {
            #expect(throws: InputError.self) { try progress.append(token) }
        }
        #expect(try progress.allowed() == [97])
    }

    @Test func copiesGoTheirOwnWays() throws {
        var first = try begin("(?:ab|ac)d")
        try append("a", to: &first)
        var second = first
        try append("b", to: &first)
        try append("cd", to: &second)
        #expect(try first.allowed() == [100] && second.isFinished && !first.isFinished)
    }

    @Test func logitsOfAllowedTokensStayAsTheyAre() throws {
        let progress = try begin("[ab]|<")
        var logits = (0..<300).map { Float($0) - 150 }
        try progress.restrict(&logits)
        #expect(logits.indices.filter { logits[$0] > -.infinity } == [60, 97, 98] && logits[97] == -53)
        logits[60] = -.infinity
        logits[97] = -.infinity
        logits[98] = -.infinity
        let error = #expect(throws: InputError.self) { try progress.restrict(&logits) }
        #expect(error?.field == "tokens")
    }

    @Test func vocabulariesWithoutTheBytesAreAnError() throws {
        let vocabulary = ConstraintVocabulary(size: 2, endTokens: [1]) { $0 == 0 ? Array("ab".utf8) : nil }
        let constraint = Constraint(try Grammar(regularExpression: "abc"), vocabulary)
        var progress = try constraint.begin()
        try progress.append(0)
        #expect(throws: InputError.self) { try progress.allowed() }
    }

    // MARK: Thoughts

    @Test func thoughtsAreFreeUntilTheyAreClosed() throws {
        var progress = try begin("xy", .thought)
        let free = try progress.allowed()
        // No end, no special token, and neither may a thought close with something else than the answer behind it.
        #expect(free == (0..<256).map(Int32.init) + [257, 258, 260, 261])
        try append("some <thin </thin \u{7}é <", to: &progress)
        try progress.append(0xFF)
        try append("</thin", to: &progress)
        #expect(try progress.allowed() == (0..<256).map(Int32.init) + [257, 258, 260, 261])
        var other = progress
        try other.append(261)
        #expect(try other.allowed() == [121])
        try progress.append(260)
        #expect(try progress.allowed() == [120])
        try append("xy", to: &progress)
        #expect(progress.isFinished)
    }

    @Test func tokensThatCloseAThoughtMustGoOnRightly() throws {
        var progress = try begin("z", .thought)
        try append("</thin", to: &progress)
        #expect(try progress.allowed().contains(260) && !progress.allows(261))
        try append("k>", to: &progress)
        #expect(try progress.allowed() == [10, 122])
        try append("\n\n", to: &progress)
        #expect(try progress.allowed() == [122])
    }

    @Test func markTokensOpenAndCloseThoughts() throws {
        for opens in [true, false] {
            var progress = try begin("x", opens ? .thoughtOrAnswer : .thought)
            if opens {
                #expect(try progress.allowed() == [60, 120, 257])
                try progress.append(257)
            }
            try append("a thought", to: &progress)
            try progress.append(258)
            #expect(try progress.allowed() == [10, 120])
            try progress.append(120)
            #expect(progress.isFinished)
        }
        var direct = try begin("x", .thoughtOrAnswer)
        try direct.append(120)
        #expect(direct.isFinished)
        // An answer has no marks, though its bytes would do.
        #expect(try !begin(".*").allows(257) && !begin(".*").allows(258))
    }

    @Test func openingMarksMayBeSpelled() throws {
        var progress = try begin("x", .thoughtOrAnswer)
        try append("<think", to: &progress)
        #expect(try progress.allowed() == [62])
        try append(">y</think>x", to: &progress)
        #expect(progress.isFinished)
    }

    /// As in the text that people see: what begins with the mark is a thought, whatever else it could be.
    @Test func thoughtsWinOverAnswersThatLookLikeThem() throws {
        var progress = try begin("[^b]*", .thoughtOrAnswer)
        try append("<thin", to: &progress)
        #expect(try progress.isComplete)
        try append("k>", to: &progress)
        #expect(try !progress.isComplete && progress.allows(98))
        try append("b</think>a", to: &progress)
        #expect(try progress.isComplete && !progress.allows(98))
    }
}
