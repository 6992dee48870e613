import Files

extension RecipeSection {
    /// The text of the recipe at `path`.
    /// - Throws: `InputError` if it cannot be read or is not UTF-8.
    package static func text(at path: String) throws -> String {
        let file = try MappedFile(path: path)
        guard let text = file.withBytes(in: 0..<file.byteCount, { String(validating: $0, as: UTF8.self) }) else {
            throw InputError(
                .unrecognized, source: path, found: "found text that is not UTF-8", expected: "a recipe in YAML",
                advice: "give a text file; `iconv -t UTF-8` turns other texts into one")
        }
        return text
    }
}
