import Files
import Hub

extension Recipe {
    /// The recipe in the YAML file at `nameOrPath`, or the one of that name that comes with the program.
    /// - Throws: `InputError` if there is neither, or the file is no recipe.
    package init(_ nameOrPath: String) throws {
        let path = try ShippedRecipe.path(of: nameOrPath)
        let file = try MappedFile(path: path)
        let text = file.withBytes(in: 0..<file.byteCount) { String(validating: $0, as: UTF8.self) }
        guard let text else {
            throw InputError(
                .invalidValue, source: path, found: "found bytes that are no UTF-8",
                expected: "a recipe, which is text",
                advice: "see docs/quantization.md for how to write one")
        }
        try self.init(yaml: text, source: path)
    }

    /// All recipes that come with the program, by the names of their files.
    /// - Throws: `InputError` if the program was moved without its resources.
    package static func shipped() throws -> [Recipe] { try ShippedRecipe.names().map { try Recipe($0) } }
}
