/// Cuts text into the pieces inside which merges may act.
///
/// A pre-tokenizer is a list of steps. Each step isolates its matches in every piece that the steps before it left, as
/// Hugging Face's `Sequence` of `Split` with `Isolated` does. Linear in the text.
struct PreTokenizer: Sendable {
    let steps: [Step]

    enum Step: Sendable {
        /// `[set]{least,most}`
        case runs(ScalarSet, least: Int = 1, most: Int = .max)
        /// `\s?[set]+`
        case spacedRuns(ScalarSet)
        /// `\s+$`
        case trailingSpace
        /// One pattern of alternatives that finds words.
        case words(WordRule)
    }

    init(_ kind: PreTokenizerKind) {
        steps =
            switch kind {
            case .deepSeekLLM:
                [
                    .runs(.newlines, most: 1), .spacedRuns(.casedLetters), .spacedRuns(.widePunctuation),
                    .trailingSpace,
                    .runs(.ideographs), .runs(.numbers, most: 1),
                ]
            case .deepSeekCoder:
                [
                    .runs(.newlines, most: 1), .spacedRuns(.letters), .spacedRuns(.punctuation), .runs(.ideographs),
                    .runs(.numbers, most: 1),
                ]
            case .deepSeekV3: [.runs(.numbers, most: 3), .runs(.ideographsAndKana), .words(.deepSeekV3)]
            case .qwen2, .deepSeekR1Qwen: [.words(.gpt4(digits: 1))]
            case .llamaBPE: [.words(.gpt4(digits: 3))]
            case .default:
                [
                    .runs(.defaultPunctuation), .words(.gpt2), .runs(.numbers), .runs(.asciiDigits, least: 3, most: 3),
                ]
            }
    }

    /// Calls `body` with every piece of `range`, in order; the pieces cover the range and none is empty.
    func split(_ range: Range<Int>, of text: TextScanner, _ body: (Range<Int>) -> Void) {
        split(range, of: text, from: 0, body)
    }

    private func split(_ range: Range<Int>, of text: TextScanner, from step: Int, _ body: (Range<Int>) -> Void) {
        if range.isEmpty { return }
        guard step < steps.count, !text.isOneCharacter(range) else { return body(range) }
        var start = range.lowerBound
        while start < range.upperBound, let match = match(steps[step], in: start..<range.upperBound, of: text) {
            split(start..<match.lowerBound, of: text, from: step + 1, body)
            split(match, of: text, from: step + 1, body)
            start = match.upperBound
        }
        split(start..<range.upperBound, of: text, from: step + 1, body)
    }

    /// The first match of `step` in `range`.
    private func match(_ step: Step, in range: Range<Int>, of text: TextScanner) -> Range<Int>? {
        switch step {
        case .runs(let set, let least, let most): text.firstRun(of: set, least: least, most: most, in: range)
        case .spacedRuns(let set): text.firstSpacedRun(of: set, in: range)
        case .trailingSpace: text.trailingSpace(in: range)
        case .words(let rule): text.firstWord(by: rule, in: range)
        }
    }
}
