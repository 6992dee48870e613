/// A stretch of a prompt, and whether it may speak the model's protocol.
///
/// A chat template's own words may; what people or models wrote may not: in it `<｜User｜>` is eight ordinary characters.
/// Where one segment ends and the next begins leaves no trace in the token ids of the text around it.
public struct TextSegment: Sendable, Equatable {
    /// The text itself.
    public var text: String
    /// Whether added tokens (`<｜User｜>`, `<think>`) that are spelled in this text become those tokens.
    public var parsesSpecialTokens: Bool

    /// A text and whether special tokens are parsed in it.
    public init(_ text: String, parsingSpecialTokens: Bool) {
        self.text = text
        self.parsesSpecialTokens = parsingSpecialTokens
    }

    /// Text of a template's own.
    public static func template(_ text: String) -> TextSegment { TextSegment(text, parsingSpecialTokens: true) }

    /// Text from people or models, in which no special token is ever parsed.
    public static func content(_ text: String) -> TextSegment { TextSegment(text, parsingSpecialTokens: false) }
}
