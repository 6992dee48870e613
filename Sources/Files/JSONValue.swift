/// A JSON value from an untrusted document.
///
/// Unlike Foundation's, an object keeps its order and refuses a repeated key, numbers keep their written form, nesting
/// is bounded, and every defect is reported with its byte offset.
public enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// The number as written, so that 64-bit integers and decimals both stay exact.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object in the order of the document, found by key in constant time.
public struct JSONObject: Sendable, Equatable {
    /// Keys and values in the order of the document.
    public let members: [(key: String, value: JSONValue)]
    private let positions: [String: Int]

    init(members: [(key: String, value: JSONValue)], positions: [String: Int]) {
        self.members = members
        self.positions = positions
    }

    /// An object of these members.
    /// - Precondition: no key stands twice.
    public init(_ members: [(key: String, value: JSONValue)] = []) {
        self.members = members
        self.positions = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1.key, $0) })
    }

    /// The value of `key`; `nil` if the object has no such member. Constant time.
    public subscript(key: String) -> JSONValue? { positions[key].map { members[$0].value } }

    /// Equal members in equal order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.elementsEqual(right.members) { $0.key == $1.key && $0.value == $1.value }
    }
}

extension JSONValue {
    /// The object; `nil` for other values.
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// The elements; `nil` for other values.
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    /// The text; `nil` for other values.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The truth value; `nil` for other values.
    public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    /// Whether this is `null`.
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// The number as an integer; `nil` for other values, for fractions, and for what does not fit. `4.0` is 4.
    public var integer: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// The number as a double; `nil` for other values.
    public var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }

    /// The member `key` of an object; `nil` for other values.
    public subscript(key: String) -> JSONValue? { object?[key] }

    /// "a string", "an object", …: for error sentences.
    public var kindName: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
