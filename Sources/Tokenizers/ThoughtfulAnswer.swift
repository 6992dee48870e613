extension ChatTemplate {
    /// What a model is to write behind `messages` and the prompt for its answer: the thought, opened unless the prompt opens it, and the answer
    /// with the mark that ends it.
    ///
    /// As the released models write it: R1 puts each mark on a line of its own; V3.1 has no lines around them.
    package func thoughtfulAnswer(_ thought: String, _ answer: String) -> [TextSegment] {
        let (opening, closing) = self == .v31 ? ("<think>", "</think>") : ("<think>\n", "\n</think>\n\n")
        var built = PromptBuilder()
        if !opensThought(thinking: true) { built.template(opening) }
        built.content(thought)
        built.template(closing)
        built.content(answer)
        built.template(ChatTemplate.endOfSequence)
        return built.segments
    }
}
