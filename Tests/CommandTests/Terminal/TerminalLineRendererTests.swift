import Testing

@testable import Command

@Suite struct TerminalLineRendererTests {
    private func buffer(_ text: String, cursor: Int? = nil) -> EditBuffer {
        var buffer = EditBuffer(text)
        for _ in 0..<(buffer.characters.count - (cursor ?? buffer.characters.count)) { buffer.moveLeft() }
        return buffer
    }

    @Test(
        arguments: [
            ("", 10, ["> "], 0, 2), ("hello", 10, ["> hello"], 0, 7), ("12345678", 10, ["> 12345678", ""], 1, 0),
            ("123456789", 10, ["> 12345678", "9"], 1, 1), ("a\nb", 10, ["> a", "  b"], 1, 3),
            ("日本語日本", 10, ["> 日本語日", "本"], 1, 2), ("1日本語日", 10, ["> 1日本語", "日"], 1, 2),
            ("e\u{301}e\u{301}", 10, ["> e\u{301}e\u{301}"], 0, 4), ("\t", 10, [">     "], 0, 6),
            ("ab\n", 10, ["> ab", "  "], 1, 2),
        ] as [(String, Int, [String], Int, Int)])
    func textIsCutIntoRows(_ text: String, _ width: Int, _ rows: [String], _ row: Int, _ column: Int) {
        let layout = LineRenderer(prompt: "> ").layout(buffer(text), width: width)
        #expect(layout == .init(rows: rows, row: row, column: column))
    }

    @Test func stylesTakeNoColumns() {
        let layout = LineRenderer(prompt: Style(isEnabled: true).bold("> ")).layout(buffer("x"), width: 20)
        #expect(layout.column == 3)
    }

    @Test(arguments: [
        ("a", 1), ("日", 2), ("é", 1), ("e\u{301}", 1), ("🙂", 2), ("👩‍💻", 2), ("❤️", 2), ("🇩🇪", 2), ("한", 2), ("ｱ", 1),
        ("Ａ", 2), ("\u{200B}", 0), ("–", 1),
    ])
    func charactersHaveTheirWidth(_ text: String, _ columns: Int) { #expect(text.columns == columns) }

    /// Random editing in terminals of random size: after every key the screen shows the layout and its cursor.
    @Test(arguments: 0..<60) func screenShowsTheLayoutAfterEveryKey(_ seed: Int) {
        var random = SeededNumbers(seed: seed)
        let width = Int.random(in: 6...24, using: &random)
        var screen = Screen(width: width, height: 60)
        screen.write("early\r\n")
        var renderer = LineRenderer(prompt: "> ")
        var editing = LineEditing(history: LineHistory(["short", "a rather long line of text", "日本語\n二行目"]))
        let keys: [Key] = [
            .text("a"), .text("日"), .text("\u{301}"), .text(" "), .paste("words and\nlines"), .newline, .left, .right,
            .up, .down,
            .home, .end, .wordLeft, .wordRight, .backspace, .delete, .deleteWordLeft, .deleteToEnd, .yank,
        ]
        for _ in 0..<60 {
            guard let key = keys.randomElement(using: &random) else { return }
            _ = editing.apply(key)
            screen.write(renderer.draw(editing.buffer, width: width, height: 60))
            let layout = renderer.layout(editing.buffer, width: width)
            guard layout.rows.count < 55 else { return }
            var expected = layout.rows.map(Screen.trimmed)
            while expected.last == "" { expected.removeLast() }
            #expect(screen.rows == ["early"] + expected, "\(key) at width \(width)")
            #expect(screen.row == layout.row + 1 && screen.column == min(layout.column, width - 1))
        }
    }

    @Test func textTallerThanTheTerminalShowsTheCursor() {
        var screen = Screen(width: 20, height: 4)
        var renderer = LineRenderer(prompt: "> ")
        var buffer = EditBuffer((0..<10).map(String.init).joined(separator: "\n"))
        screen.write(renderer.draw(buffer, width: 20, height: 4))
        #expect(screen.rows == ["  6", "  7", "  8", "  9"])
        for _ in 0..<9 { _ = buffer.moveLine(up: true) }
        screen.write(renderer.draw(buffer, width: 20, height: 4))
        #expect(screen.rows == ["> 0", "  1", "  2", "  3"] && screen.row == 0)
    }

    @Test func leavingGoesBelowTheText() {
        var screen = Screen(width: 20, height: 10)
        var renderer = LineRenderer(prompt: "> ")
        screen.write(renderer.draw(buffer("one\ntwo\nthree", cursor: 1), width: 20, height: 10))
        screen.write(renderer.leave() + "after")
        #expect(screen.rows == ["> one", "  two", "  three", "after"])
    }

    @Test func styleFollowsTheEnvironment() {
        #expect(Style.isWanted([:]) && Style.isWanted(["NO_COLOR": ""]))
        #expect(!Style.isWanted(["NO_COLOR": "1"]) && !Style.isWanted(["TERM": "dumb"]))
        #expect(Style(isEnabled: false).dim("a") == "a")
        #expect(Style(isEnabled: true).dim("a\n\nb") == "\u{1B}[2ma\u{1B}[0m\n\n\u{1B}[2mb\u{1B}[0m")
        #expect(!Style(descriptor: -1).isEnabled)
    }
}
