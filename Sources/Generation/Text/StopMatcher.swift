import Files

/// Ends streamed text before the first stop string, wherever the borders of the pieces fall.
///
/// Text is given on as soon as no stop string can begin in it any more; a possible beginning is held back. Strings are
/// compared byte by byte in UTF-8, not by canonical equivalence. Linear in the text.
public struct StopMatcher: Sendable {
    private let stops: [String]
    private var matcher: StreamMatcher
    /// The stop string that ended the text; `nil` as long as none did.
    public private(set) var matched: String?

    /// - Parameter stops: any number of strings; with none, all text passes at once.
    /// - Throws: `InputError` if one is empty.
    public init(_ stops: [String]) throws {
        guard stops.allSatisfy({ !$0.isEmpty }) else {
            throw InputError(
                .invalidValue, source: "sampling settings", field: "stop", found: "found an empty string",
                expected: "stop strings of at least one character", advice: "leave the empty one out")
        }
        self.stops = stops
        self.matcher = StreamMatcher(stops.map { Array($0.utf8) })
    }

    /// The text that `piece` makes certain. After a stop string all text is swallowed.
    public mutating func consume(_ piece: String) -> String {
        guard matched == nil else { return "" }
        let step = matcher.consume(piece.utf8)
        matched = step.match.map { stops[$0] }
        return String(decoding: step.clear, as: UTF8.self)
    }

    /// The text held back, once no more pieces come.
    public mutating func finish() -> String {
        matched == nil ? String(decoding: matcher.finish(), as: UTF8.self) : ""
    }
}
