extension Tokenizer {
    /// The prompt for what stands between `prefix` and `suffix`, as models were taught to fill gaps; `nil` if the vocabulary has no
    /// marks for that.
    ///
    /// DeepSeek's Coder models, both generations, and V3 write begin, prefix, hole, suffix, end; Qwen2.5, which some distilled
    /// models come from, has other names for the same marks. In what people wrote no special token is parsed.
    public func promptFillingGap(prefix: String, suffix: String) -> [Int32]? {
        let known = Tokenizer.gapMarks.first { $0.allSatisfy { id(of: $0).map(isAdded) ?? false } }
        guard let marks = known else { return nil }
        let segments: [TextSegment] = [
            .template(marks[0]), .content(prefix), .template(marks[1]), .content(suffix), .template(marks[2]),
        ]
        return addingSequenceMarks(to: encode(segments))
    }

    /// Before the text, in place of the gap, and behind the text.
    private static let gapMarks = [
        ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"], ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
    ]
}
