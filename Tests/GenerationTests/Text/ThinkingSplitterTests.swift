import Testing

@testable import Generation

@Suite struct ThinkingSplitterTests {
    private func run(_ pieces: [String], _ isOpenedByPrompt: Bool) -> (thinking: String, answer: String) {
        var splitter = ThinkingSplitter(isOpenedByPrompt: isOpenedByPrompt)
        var thinking = ""
        var answer = ""
        for segment in pieces.flatMap({ splitter.consume($0) }) + splitter.finish() {
            switch segment {
            case .thinking(let text): thinking += text
            case .answer(let text): answer += text
            }
        }
        return (thinking, answer)
    }

    @Test(arguments: [
        ("<think>\nhm\n</think>\n\nYes.", false, "hm\n", "Yes."), ("hm\n</think>\n\nYes.", true, "hm\n", "Yes."),
        ("<think>\n\n</think>\n\nYes.", false, "", "Yes."), ("\n\n</think>\n\nYes.\n", true, "", "Yes.\n"),
        ("No markers.", false, "", "No markers."), ("  indented\n", false, "", "  indented\n"),
        ("<think>never closed", false, "never closed", ""), ("never closed</thin", true, "never closed</thin", ""),
        (" \n<think>a</think>b", false, "a", "b"), ("<think>\na</think>b", true, "a", "b"),
        ("Use <think> here</think>.", false, "", "Use <think> here</think>."),
        ("<think>a</think>b</think>c<think>d", false, "a", "b</think>c<think>d"), ("<thin", false, "", "<thin"),
        ("<thin", true, "<thin", ""), ("", false, "", ""), ("", true, "", ""), ("\n", true, "", ""),
        ("\n", false, "", "\n"),
        ("<think>考え🤔</think>答え🙂", false, "考え🤔", "答え🙂"), ("a < b </think", true, "a < b </think", ""),
        ("x<</think>y", true, "x<", "y"), ("</think>\n\nYes.", true, "", "Yes."),
        ("<think>a\r\n</think>\r\n\r\nb\n\nc", false, "a\r\n", "b\n\nc"),
    ])
    func textIsSplitWhateverThePieces(_ text: String, _ isOpened: Bool, _ thinking: String, _ answer: String) {
        let scalars = text.unicodeScalars.map { String($0) }
        for size in 1...max(1, scalars.count) {
            let pieces = stride(from: 0, to: scalars.count, by: size).map {
                scalars[$0..<min($0 + size, scalars.count)].joined()
            }
            let result = run(pieces, isOpened)
            #expect(result.thinking == thinking && result.answer == answer, "in pieces of \(size)")
        }
    }

    @Test func textComesAsSoonAsItIsCertain() {
        var splitter = ThinkingSplitter(isOpenedByPrompt: false)
        #expect(splitter.consume("<th") == [])
        #expect(splitter.consume("ink>\nfirst") == [.thinking("first")])
        #expect(splitter.isThinking)
        #expect(splitter.consume(" second <") == [.thinking(" second ")])
        #expect(splitter.consume("b></think>\n") == [.thinking("<b>")])
        #expect(!splitter.isThinking)
        #expect(splitter.consume("\nanswer") == [.answer("answer")])
        #expect(splitter.consume(" <") == [.answer(" <")])
        #expect(splitter.finish() == [])
    }

    @Test func promptMayHaveOpenedTheThinking() {
        #expect(ThinkingSplitter(isOpenedByPrompt: true).isThinking)
        #expect(!ThinkingSplitter(isOpenedByPrompt: false).isThinking)
    }
}
