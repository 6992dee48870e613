import Files
import Testing

@testable import Generation

@Suite struct StopMatcherTests {
    private func run(_ stops: [String], _ pieces: [String]) throws -> (text: String, matched: String?) {
        var matcher = try StopMatcher(stops)
        var text = pieces.map { matcher.consume($0) }.joined()
        text += matcher.finish()
        return (text, matcher.matched)
    }

    @Test(
        arguments: [
            (["END"], "some text END more", "some text ", "END"), (["END"], "no stop EN", "no stop EN", nil),
            (["aab"], "aaaab", "aa", "aab"), (["b", "abc"], "xabc", "xa", "b"), (["bc", "abc"], "xabc", "x", "abc"),
            (["\n\n", "User:"], "a\nUser:b", "a\n", "User:"), (["日本"], "これは日本です", "これは", "日本"),
            (["🙂"], "a🙃🙂b", "a🙃", "🙂"),
            ([], "anything", "anything", nil), (["x"], "", "", nil), (["abab", "babb"], "ababb", "", "abab"),
        ] as [([String], String, String, String?)])
    func textEndsBeforeTheStopWhateverThePieces(
        _ stops: [String], _ text: String, _ expected: String, _ matched: String?
    ) throws {
        let characters = text.unicodeScalars.map { String($0) }
        for size in 1...max(1, characters.count) {
            let pieces = stride(from: 0, to: characters.count, by: size).map {
                characters[$0..<min($0 + size, characters.count)].joined()
            }
            let result = try run(stops, pieces)
            #expect(result.text == expected && result.matched == matched, "in pieces of \(size)")
        }
    }

    @Test func onlyPossibleBeginningsAreHeldBack() throws {
        var matcher = try StopMatcher(["</s>", "STOP"])
        #expect(matcher.consume("hello <") == "hello ")
        #expect(matcher.consume("/") == "")
        #expect(matcher.consume("x ST") == "</x ")
        #expect(matcher.consume("AY S") == "STAY ")
        #expect(matcher.finish() == "S")
    }

    @Test func afterTheStopNothingComes() throws {
        var matcher = try StopMatcher(["."])
        #expect(matcher.consume("a.b") == "a")
        #expect(matcher.consume("c") == "" && matcher.finish() == "")
    }

    @Test func emptyStopIsRefused() {
        let error = #expect(throws: InputError.self) { try StopMatcher(["a", ""]) }
        #expect(error?.field == "stop")
    }

    @Test func bytesAreComparedNotCanonicalForms() throws {
        #expect(try run(["e\u{301}"], ["caf\u{E9}"]).matched == nil)
        #expect(try run(["e\u{301}"], ["cafe", "\u{301}"]).text == "caf")
    }

    /// Against a search through the whole text, on a small alphabet where matches and near matches abound.
    @Test(arguments: 0..<200) func equalsSearchingTheWholeText(_ seed: Int) throws {
        var random = RandomSource(seed: UInt64(seed))
        func word(_ length: Int) -> [UInt8] { (0..<length).map { _ in UInt8(ascii: "a") + UInt8(random.next() % 2) } }
        let stops = (0..<Int(1 + random.next() % 4)).map { _ in word(Int(2 + random.next() % 6)) }
        let text = word(Int(random.next() % 80))
        var expected = text
        search: for end in 0...text.count {
            let found = stops.filter { text[..<end].suffix($0.count).elementsEqual($0) }
            guard let longest = found.map(\.count).max() else { continue }
            expected = Array(text[..<(end - longest)])
            break search
        }
        var pieces: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            let size = Int(1 + random.next() % 5)
            pieces.append(String(decoding: rest.prefix(size), as: UTF8.self))
            rest = rest.dropFirst(size)
        }
        #expect(try run(stops.map { String(decoding: $0, as: UTF8.self) }, pieces).text.utf8.elementsEqual(expected))
    }

    /// Would take hours were a step to cost as much as the stop string is long, or the text held back.
    @Test func repetitiveTextIsLinear() throws {
        let stop = String(repeating: "a", count: 100_000) + "b"
        var matcher = try StopMatcher([stop])
        var length = 0
        for _ in 0..<200 { length += matcher.consume(String(repeating: "a", count: 10_000)).utf8.count }
        #expect(length + matcher.finish().utf8.count == 2_000_000)
    }
}
