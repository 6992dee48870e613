import Files
import Tokenizers

extension LanguageModel {
    /// A request to continue `text` as it is, after the marks that the tokenizer puts before every sequence.
    /// - Parameter parsingSpecialTokens: whether `<｜fim▁begin｜>` and the like in `text` become those tokens.
    /// - Throws: `InputError` if the checkpoint has no vocabulary.
    public func completion(of text: String, parsingSpecialTokens: Bool = false) throws -> GenerationRequest {
        let tokenizer = try requiredTokenizer()
        return GenerationRequest(
            prompt: tokenizer.addingSequenceMarks(
                to: tokenizer.encode(text, parsingSpecialTokens: parsingSpecialTokens)), sampling: recommendedSampling)
    }

    /// A request to fill the gap between `prefix` and `suffix`, for models that were taught to.
    /// - Throws: `InputError` if the vocabulary has no marks for that.
    public func filling(prefix: String, suffix: String) throws -> GenerationRequest {
        guard let prompt = try requiredTokenizer().promptFillingGap(prefix: prefix, suffix: suffix) else {
            throw InputError(
                .unsupported, source: path, field: "suffix", found: "found a vocabulary without the marks of a gap",
                expected: "a model that was taught to fill gaps, like DeepSeek-Coder", advice: "leave the suffix out")
        }
        return GenerationRequest(prompt: prompt, sampling: recommendedSampling)
    }

    /// A request to answer a single question: as a person's where the model knows conversations, otherwise in continuation.
    /// - Throws: `InputError` if the checkpoint has no vocabulary.
    public func answer(to question: String) throws -> GenerationRequest {
        guard let chatTemplate else { return try completion(of: question) }
        return try reply(to: Conversation().messages(asking: question), template: chatTemplate)
    }

    /// A request for the next reply of a conversation. What people and models wrote never parses as a special token.
    /// - Parameter thinking: whether the model is to think first, where its template leaves that open (V3.1).
    /// - Throws: `InputError` if the checkpoint has no vocabulary or the template cannot express the conversation.
    public func reply(
        to messages: [ChatMessage], template: ChatTemplate, thinking: Bool = false
    ) throws -> GenerationRequest {
        let segments = try template.render(messages, addingGenerationPrompt: true, thinking: thinking)
        var request = GenerationRequest(
            prompt: try requiredTokenizer().encode(segments), sampling: recommendedSampling)
        request.splitsThinking = template.thoughtEnd != nil
        request.isThinkingOpen = template.opensThought(thinking: thinking)
        return request
    }
}
