import Testing

@testable import Command

@Suite struct TerminalLineEditingTests {
    /// The text after these keys, with `|` where the cursor stands.
    private func edited(_ keys: [Key], history: [String] = []) -> String {
        var editing = LineEditing(history: LineHistory(history))
        for key in keys { _ = editing.apply(key) }
        let buffer = editing.buffer
        return String(buffer.characters[..<buffer.cursor]) + "|" + String(buffer.characters[buffer.cursor...])
    }

    @Test(
        arguments: [
            ([.text("a"), .text("b"), .left, .text("c")], "ac|b"), ([.paste("one two"), .home, .delete], "|ne two"),
            ([.paste("one two"), .wordLeft, .text("x")], "one x|two"),
            ([.paste("one, two"), .home, .wordRight], "one|, two"),
            ([.paste("one two  "), .deleteWordLeft], "one |"), ([.paste("one two"), .home, .deleteWordRight], "| two"),
            ([.paste("one two"), .wordLeft, .deleteToEnd], "one |"),
            ([.paste("one two"), .wordLeft, .deleteToStart], "|two"),
            ([.paste("one two"), .deleteWordLeft, .home, .yank], "two|one "),
            ([.left, .backspace, .delete, .right], "|"),
            ([.text("e"), .text("\u{301}"), .backspace], "|"),
            ([.text("x"), .text("👩"), .text("\u{200D}"), .text("💻"), .left], "x|👩‍💻"),
            ([.text("日"), .text("本"), .left, .left, .right], "日|本"), ([.paste("a\nb"), .home], "a\n|b"),
            ([.paste("a\nb"), .deleteToStart, .backspace], "a|"), ([.paste("a"), .newline, .text("b")], "a\nb|"),
            ([.paste("a\\"), .enter, .text("b")], "a\nb|"), ([.paste("abc\nd"), .up, .text("x")], "ax|bc\nd"),
            ([.paste("abc\nd\nefg"), .up, .up, .end, .down], "abc\nd|\nefg"),
            ([.text("a"), .text("b"), .home, .endOfInput], "|b"),
            ([.unknown, .text("a"), .unknown], "a|"),
        ] as [([Key], String)])
    func keysEdit(_ keys: [Key], _ expected: String) { #expect(edited(keys) == expected) }

    @Test(
        arguments: [
            ([.text("d"), .up], "two|"), ([.text("d"), .up, .up], "one|"), ([.text("d"), .up, .up, .up], "one|"),
            ([.text("d"), .up, .up, .down, .down], "d|"), ([.text("d"), .down], "d|"), ([.up, .text("!"), .down], "|"),
        ] as [([Key], String)])
    func arrowsLeafThroughHistoryAndKeepTheDraft(_ keys: [Key], _ expected: String) {
        #expect(edited(keys, history: ["one", "two"]) == expected)
    }

    @Test func outcomesTellTheCallerWhatToDo() {
        var editing = LineEditing(history: LineHistory())
        #expect(editing.apply(.endOfInput) == .end)
        #expect(editing.apply(.interrupt) == .interrupted)
        #expect(editing.apply(.clearScreen) == .clearScreen)
        #expect(editing.apply(.suspend) == .suspend)
        #expect(editing.apply(.text("a\\b")) == .redraw)
        #expect(editing.apply(.endOfInput) == .redraw)
        #expect(editing.apply(.enter) == .line("a\\b"))
        #expect(editing.history.lines == ["a\\b"])
    }

    @Test func historySkipsBlanksAndRepetitionsAndIsBounded() {
        var history = LineHistory()
        for line in ["a", "a", " ", "", "b", "a"] { history.append(line) }
        #expect(history.lines == ["a", "b", "a"])
        for number in 0..<2000 { history.append("\(number)") }
        #expect(history.lines.count == LineHistory.limit && history.lines.last == "1999")
    }
}
