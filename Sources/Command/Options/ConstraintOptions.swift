import ArgumentParser
import Files
import Isobath

/// What the answer must follow, at most one of them.
struct ConstraintOptions: ParsableArguments {
    @Option(help: "A JSON Schema or a file with one: the answer is JSON that is valid under it.")
    var jsonSchema: String?

    @Flag(help: "The answer is a JSON object.")
    var jsonObject = false

    @Option(help: "A file with a GBNF grammar that the answer follows.")
    var grammar: String?

    @Option(help: "A regular expression that the answer matches as a whole.")
    var regex: String?

    /// The grammar that was asked for; `nil` if none was.
    func compiled() throws -> Grammar? {
        try checkCount()
        if let jsonSchema { return try compiled(schema: jsonSchema) }
        if jsonObject { return try Grammar.jsonObject() }
        if let grammar { return try Grammar(gbnf: try text(of: grammar), source: grammar) }
        return try regex.map { try Grammar(regularExpression: $0, source: "--regex") }
    }

    private func checkCount() throws {
        let given = [
            jsonSchema.map { _ in "--json-schema" }, jsonObject ? "--json-object" : nil,
            grammar.map { _ in "--grammar" },
            regex.map { _ in "--regex" },
        ].compactMap(\.self)
        guard given.count > 1 else { return }
        throw InputError(
            .invalidValue, source: "command line", field: given[1], found: "found it together with \(given[0])",
            expected: "one of the two", advice: "leave one out")
    }

    /// A schema is an object or a boolean, which is no good name for a file.
    private func compiled(schema: String) throws -> Grammar {
        let start = schema.drop(while: \.isWhitespace)
        if start.hasPrefix("{") || ["true", "false"].contains(start) {
            return try Grammar(jsonSchema: schema, source: "--json-schema")
        }
        return try Grammar(jsonSchema: try text(of: schema), source: schema)
    }

    private func text(of path: String) throws -> String {
        let file = try MappedFile(path: path)
        let limit = GrammarLimits().sourceBytes
        guard file.byteCount <= limit else {
            throw InputError(
                .excessive, source: path, found: "found \(file.byteCount) bytes", expected: "at most \(limit)",
                advice: "make the grammar or schema smaller")
        }
        let bytes = file.withBytes(in: 0..<file.byteCount) { Array($0) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw InputError(
                .unrecognized, source: path, found: "found bytes that are not UTF-8", expected: "a text in UTF-8",
                advice: "save the file as UTF-8")
        }
        return text
    }
}
