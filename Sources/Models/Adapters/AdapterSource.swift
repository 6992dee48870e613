import Files

/// Which adapter to add to a model, and how strongly.
public struct AdapterSource: Sendable, Equatable {
    /// A folder with `adapter_config.json` and `adapter_model.safetensors`, or llama.cpp's GGUF file of an adapter.
    public var path: String
    /// What the adapter's own scale is multiplied with: 0 is the model without it.
    public var scale: Float

    /// An adapter at its own strength unless a scale is given.
    public init(path: String, scale: Float = 1) { (self.path, self.scale) = (path, scale) }

    /// What a person wrote: `PATH`, or `PATH:SCALE`.
    /// - Parameter exists: whether there is a file or folder of that name, which may have a colon in it.
    /// - Throws: `InputError` if what stands behind the last colon is no number, and there is no such path.
    public init(parsing text: String, exists: (String) -> Bool) throws {
        guard let colon = text.lastIndex(of: ":"), !exists(text) else {
            self.init(path: text)
            return
        }
        guard let scale = Float(text[text.index(after: colon)...]), scale.isFinite, colon > text.startIndex else {
            throw InputError(
                .invalidValue, source: "command line", field: "--adapter", found: "found “\(printable(text))”",
                expected: "a path, or a path and a number like adapter:0.5", advice: "correct the option")
        }
        self.init(path: String(text[..<colon]), scale: scale)
    }
}
