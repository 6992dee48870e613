import Files
import Tokenizers

extension LanguageModel {
    /// A request to fill the gap between `prefix` and `suffix`, for models that were trained to.
    ///
    /// DeepSeek's Coder models, both generations, and V3 write begin, prefix, hole, suffix, end; Qwen2.5, which some distilled
    /// models come from, has other names for the same marks. What people wrote never parses as a special token.
    /// - Throws: `InputError` if the vocabulary has no such marks.
    public func filling(prefix: String, suffix: String) throws -> GenerationRequest {
        let tokenizer = try requiredTokenizer()
        guard
            let marks = Self.gapMarks.first(where: {
                $0.allSatisfy { tokenizer.id(of: $0).map(tokenizer.isAdded) ?? false }
            })
        else {
            throw InputError(
                .unsupported, source: path, field: "suffix", found: "found a vocabulary without the marks of a gap",
                expected: "a model that was trained to fill gaps, like DeepSeek-Coder", advice: "leave the suffix out")
        }
        let segments: [TextSegment] = [
            .template(marks[0]), .content(prefix), .template(marks[1]), .content(suffix), .template(marks[2]),
        ]
        return GenerationRequest(
            prompt: tokenizer.addingSequenceMarks(to: tokenizer.encode(segments)), sampling: recommendedSampling)
    }

    /// Before the text, in place of the gap, and behind the text.
    private static let gapMarks = [
        ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"], ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
    ]
}
