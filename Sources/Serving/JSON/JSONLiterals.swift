import Files

// JSON is written here as literals: answers, events and the description of the server are read as what they are.

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A list.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object.
    /// - Precondition: no key stands twice.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
    }
}

extension JSONValue {
    /// An object of the members that have a value.
    static func present(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(JSONObject(members.compactMap { name, value in value.map { (key: name, value: $0) } }))
    }

    /// The shortest decimal that reads back as the same number; `null` for what is none.
    static func decimal(_ value: Double) -> JSONValue { value.isFinite ? .number(value.description) : .null }

    /// `value`, or `null`.
    static func optional(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
}

extension JSONObject {
    /// The member `key`, unless it is absent or `null`: clients write both to leave something open.
    func given(_ key: String) -> JSONValue? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }

    /// This object with the members of `others` behind its own, or in their place.
    func merging(_ others: KeyValuePairs<String, JSONValue>) -> JSONObject {
        let replaced = Set(others.map(\.key))
        return JSONObject(members.filter { !replaced.contains($0.key) } + others.map { (key: $0.key, value: $0.value) })
    }
}
