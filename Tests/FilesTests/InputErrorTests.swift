import Files
import Testing

@Suite struct InputErrorTests {
    @Test func readsAsOneSentence() {
        let error = InputError(
            .overflow, source: "model.gguf", field: "tensor count", offset: 8, found: "found a count of 9",
            expected: "at most 3", advice: "download the file again")
        let sentence =
            "model.gguf, tensor count, at byte 8: found a count of 9, where at most 3 was expected; download the file again."
        #expect(error.description == sentence)
    }

    @Test func fieldAndOffsetMayBeAbsent() {
        let error = InputError(.missing, source: "folder", found: "found none", expected: "one", advice: "add one")
        #expect(error.description == "folder: found none, where one was expected; add one.")
    }

    /// A file's own text cannot move the cursor, colour the terminal or fill the screen.
    @Test func namesCannotWriteToTheTerminal() {
        let error = InputError(
            .missing, source: "a\u{1B}[2Jb\r\n", field: String(repeating: "x", count: 10_000), found: "found \u{9B}31m",
            expected: "one", advice: "add one")
        #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        #expect(error.description.count < 1000)
    }

    @Test(arguments: [("plain｜🐋", "plain｜🐋"), ("a\u{0}b\u{7F}c\u{85}", "a\u{FFFD}b\u{FFFD}c\u{FFFD}"), ("", "")])
    func printableText(_ text: String, _ expected: String) { #expect(printable(text) == expected) }

    @Test func printableTextIsCut() {
        #expect(printable("abcdef", limit: 3) == "abc…")
        #expect(printable("abc", limit: 3) == "abc")
    }
}
