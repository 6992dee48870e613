import Files

extension GenerationRequest {
    /// - Parameter leastTokens: the smallest limit of tokens that makes sense.
    /// - Throws: `InputError` if the model cannot answer the request, whatever it may say.
    func check(for model: LanguageModel, leastTokens: Int) throws {
        guard prompt.count <= model.contextLength else {
            throw InputError(
                .excessive, source: "prompt", found: "found \(prompt.count) tokens",
                expected: "at most \(model.contextLength), the length of the context",
                advice: "shorten the prompt, or the conversation before it")
        }
        if let limit = maximumTokens, limit < leastTokens {
            throw InputError(
                .invalidValue, source: "token limit", found: "found \(limit)", expected: "at least \(leastTokens)",
                advice: "leave it out to generate up to the end of the answer")
        }
        if let alternatives, !(0...GenerationRequest.mostAlternatives).contains(alternatives) {
            throw InputError(
                .invalidValue, source: "request", field: "alternatives", found: "found \(alternatives)",
                expected: "a number from 0 to \(GenerationRequest.mostAlternatives)", advice: "ask for fewer")
        }
        try checkConstraint(vocabularySize: model.configuration.vocabularySize)
    }

    /// The most likeliest tokens that are reported for each token.
    public static let mostAlternatives = 1000

    /// - Throws: `InputError` if an engine with `slots` slots cannot write so many answers.
    func checkSamples(slots: Int) throws {
        let most = candidates ?? samples
        guard samples >= 1, most >= samples, most <= slots else {
            throw InputError(
                .invalidValue, source: "request", field: "samples",
                found: "found \(samples) of \(most) answers",
                expected: "at least 1, and no more than the engine's \(slots) slots",
                advice: "ask for fewer, or give the engine more slots")
        }
    }
}
