/// A prompt in the making: neighbouring stretches of one kind become one segment.
struct PromptBuilder {
    private(set) var segments: [TextSegment] = []
    /// Where the model's own words stand, in bytes.
    private(set) var answers: [Range<Int>] = []
    private var byteCount = 0

    /// Adds words of the template's own.
    mutating func template(_ text: String) { add(text, parsingSpecialTokens: true) }

    /// Adds text from people or models.
    mutating func content(_ text: String?) { add(text ?? "", parsingSpecialTokens: false) }

    /// Adds what the model says itself.
    mutating func answer(_ body: (inout PromptBuilder) -> Void) {
        let start = byteCount
        body(&self)
        if byteCount > start { answers.append(start..<byteCount) }
    }

    /// Adds what somebody wrote, and the mark that ends a message.
    mutating func ended(_ text: String?) {
        content(text)
        template(ChatTemplate.endOfSequence)
    }

    private mutating func add(_ text: String, parsingSpecialTokens: Bool) {
        if text.isEmpty { return }
        byteCount += text.utf8.count
        if let last = segments.last, last.parsesSpecialTokens == parsingSpecialTokens {
            segments[segments.count - 1].text += text
        } else {
            segments.append(TextSegment(text, parsingSpecialTokens: parsingSpecialTokens))
        }
    }
}
