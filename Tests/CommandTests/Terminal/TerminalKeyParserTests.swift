import Testing

@testable import Command

@Suite struct TerminalKeyParserTests {
    private func keys(_ text: String) -> [Key] {
        var parser = KeyParser()
        return parser.consume(text.utf8) + parser.finish()
    }

    @Test(
        arguments: [
            ("aé日🙂", [.text("a"), .text("é"), .text("日"), .text("🙂")]), ("\r\n", [.enter, .enter]),
            (
                "\u{1}\u{5}\u{B}\u{15}\u{17}\u{C}",
                [.home, .end, .deleteToEnd, .deleteToStart, .deleteWordLeft, .clearScreen]
            ),
            ("\u{3}\u{4}\u{1A}", [.interrupt, .endOfInput, .suspend]), ("\u{7F}\u{8}", [.backspace, .backspace]),
            ("\u{1B}[A\u{1B}[B\u{1B}[C\u{1B}[D", [.up, .down, .right, .left]),
            ("\u{1B}OA\u{1B}OH\u{1B}OF", [.up, .home, .end]), ("\u{1B}[1~\u{1B}[4~\u{1B}[3~", [.home, .end, .delete]),
            ("\u{1B}[H\u{1B}[F\u{1B}[7~\u{1B}[8~", [.home, .end, .home, .end]),
            ("\u{1B}b\u{1B}f\u{1B}d\u{1B}\u{7F}", [.wordLeft, .wordRight, .deleteWordRight, .deleteWordLeft]),
            ("\u{1B}[1;5C\u{1B}[1;3D", [.wordRight, .wordLeft]), ("\u{1B}\r\u{1B}\n", [.newline, .newline]),
            ("\u{1B}[13;3u\u{1B}[13u", [.newline, .enter]), ("\u{1B}[15~x", [.unknown, .text("x")]),
            ("\u{1B}[[Ax", [.unknown, .text("x")]), ("\u{1B}", [.unknown]), ("\u{1B}[", [.unknown]),
            ("\u{1B}[12\u{3}", [.interrupt]), ("\u{1B}é", [.text("é")]), ("\u{85}", [.unknown]),
            ("\u{1B}[99;99;99~a", [.unknown, .text("a")]),
            ("\u{1B}[200~one\rtwo\r\nthree\u{1B}[201~x", [.paste("one\ntwo\nthree"), .text("x")]),
            ("\u{1B}[200~a\u{1B}[Ab\u{3}\tc\u{1B}[201~", [.paste("a[Ab\tc")]), ("\u{1B}[200~open", [.paste("open")]),
        ] as [(String, [Key])])
    func bytesBecomeKeys(_ text: String, _ expected: [Key]) { #expect(keys(text) == expected) }

    @Test(
        arguments: [
            ([0xFF], [.text("\u{FFFD}")]), ([0xC3, 0x28], [.text("\u{FFFD}"), .text("(")]),
            ([0x80, 0x61], [.text("\u{FFFD}"), .text("a")]),
            ([0xE6, 0x97], [.text("\u{FFFD}")]), ([0xC0, 0x80], [.text("\u{FFFD}"), .text("\u{FFFD}")]),
        ] as [([UInt8], [Key])])
    func brokenCharactersAreReplaced(_ bytes: [UInt8], _ expected: [Key]) {
        var parser = KeyParser()
        #expect(parser.consume(bytes) + parser.finish() == expected)
    }

    @Test func readsMayEndAnywhere() {
        let text = "日\u{1B}[1;5C\u{1B}[200~p\nq\u{1B}[201~\u{1B}OA"
        var parser = KeyParser()
        #expect(text.utf8.flatMap { parser.consume([$0]) } == keys(text))
        #expect(!parser.isEscapePending)
        #expect(parser.consume([0x1B]) == [] && parser.isEscapePending)
    }

    @Test func endlessSequencesAndPastesAreBounded() {
        #expect(keys("\u{1B}[" + String(repeating: "1;", count: 100_000) + "Bx") == [.down, .text("x")])
        let long = String(repeating: "p", count: KeyParser.pasteLimit + 1000)
        guard case .paste(let text)? = keys("\u{1B}[200~\(long)\u{1B}[201~").first else {
            Issue.record("no paste")
            return
        }
        #expect(text.utf8.count == KeyParser.pasteLimit)
    }

    @Test func noiseNeverTraps() {
        var random = SeededNumbers(seed: 1)
        for _ in 0..<200 {
            var parser = KeyParser()
            var editing = LineEditing(history: LineHistory(["one", "two\nthree"]))
            var renderer = LineRenderer(prompt: "> ")
            let bytes = (0..<200).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : [0x1B, 0x5B, 0x0E, 0x10, 0x17].randomElement(using: &random) ?? 0
            }
            for key in parser.consume(bytes) + parser.finish() {
                _ = editing.apply(key)
                #expect((0...editing.buffer.characters.count).contains(editing.buffer.cursor))
            }
            #expect(!renderer.draw(editing.buffer, width: 7, height: 3).isEmpty)
        }
    }
}
