import Files

/// Files of one JSON object a line.
enum JSONLines {
    /// The objects with the numbers of their lines, from 1; empty lines are passed over.
    /// - Throws: `InputError` that names the line if it is no object, or the file if it cannot be read.
    static func objects(path: String) throws -> [(line: Int, object: JSONObject)] {
        let file = try MappedFile(path: path)
        let bytes = try file.withBytes(in: 0..<file.byteCount) { Array($0) }
        return try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .compactMap { index, line in
                guard line.contains(where: { !" \t\r".utf8.contains($0) }) else { return nil }
                let source = "\(path), line \(index + 1)"
                let value = try JSONParser.parse(Array(line), source: source)
                guard let object = value.object else {
                    throw InputError(
                        .wrongType, source: source, found: "found \(value.kindName)", expected: "an object",
                        advice: "write one JSON object a line")
                }
                return (index + 1, object)
            }
    }

    /// A text of an object.
    static func text(_ object: JSONObject, _ key: String, path: String, line: Int) throws -> String {
        guard let value = object[key] else { throw defect(.missing, path, line, key, "found no such field") }
        if let text = value.string { return text }
        // Answers are often written as numbers.
        if case .number(let digits) = value { return digits }
        throw defect(.wrongType, path, line, key, "found \(value.kindName)")
    }

    private static func defect(
        _ kind: InputError.Kind, _ path: String, _ line: Int, _ key: String, _ found: String
    ) -> InputError {
        InputError(
            kind, source: "\(path), line \(line)", field: key, found: found, expected: "a text",
            advice: "correct the line")
    }
}
