/// Where a text that follows a grammar begins.
public enum TextBeginning: Int, Sendable, CaseIterable {
    /// The model says nothing but what the grammar describes.
    case answer
    /// The model is in the middle of a thought, which is free. Its closing mark, and up to two line breaks, come before
    /// what the grammar describes.
    case thought
    /// The model may open a thought, or answer right away.
    case thoughtOrAnswer
}
