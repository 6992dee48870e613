import Files

/// A part of a recording's JSON document, whose members must be there.
struct RecordedFields {
    let value: JSONValue
    let source: String
    /// Where in the document: "prompts.a.ids".
    let path: String

    /// The document at `path`.
    init(path: String) throws {
        self.init(try JSONParser.parse(try MappedFile(path: path)), source: path)
    }

    init(_ value: JSONValue, source: String, path: String = "") {
        self.value = value
        self.source = source
        self.path = path
    }

    func member(_ key: String) throws -> RecordedFields {
        let place = path.isEmpty ? key : path + "." + key
        guard let member = value[key] else { throw defect(place, "found nothing", "a value") }
        return RecordedFields(member, source: source, path: place)
    }

    func members() throws -> [(key: String, fields: RecordedFields)] {
        guard let object = value.object else { throw defect(path, "found \(value.kindName)", "an object") }
        return try object.members.map { ($0.key, try member($0.key)) }
    }

    func elements() throws -> [RecordedFields] {
        guard let array = value.array else { throw defect(path, "found \(value.kindName)", "a list") }
        return array.enumerated().map { RecordedFields($1, source: source, path: "\(path)[\($0)]") }
    }

    func string() throws -> String {
        guard let string = value.string else { throw defect(path, "found \(value.kindName)", "a text") }
        return string
    }

    func integer() throws -> Int {
        guard let integer = value.integer else { throw defect(path, "found \(value.kindName)", "a whole number") }
        return integer
    }

    func number() throws -> Double {
        guard let number = value.double else { throw defect(path, "found \(value.kindName)", "a number") }
        return number
    }

    func boolean() throws -> Bool {
        guard let boolean = value.boolean else { throw defect(path, "found \(value.kindName)", "true or false") }
        return boolean
    }

    /// A list of token ids.
    func tokens() throws -> [Int32] {
        try elements().map { element in
            guard let token = Int32(exactly: try element.integer()) else {
                throw defect(element.path, "found a number beyond 32 bits", "a token id")
            }
            return token
        }
    }

    /// A list of token ids that is not empty.
    func someTokens() throws -> [Int32] {
        let tokens = try tokens()
        guard !tokens.isEmpty else { throw defect(path, "found an empty list", "at least one token id") }
        return tokens
    }

    func defect(_ field: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .missing, source: source, field: field.isEmpty ? nil : field, found: found, expected: expected,
            advice: "make the recording again")
    }
}
