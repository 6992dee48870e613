import Files

/// Typed, bounded access to the fields of a configuration; a wrong one is answered by a sentence naming file and field.
struct FieldReader {
    let fields: JSONObject
    let source: String
    /// Put before every key: "deepseek2." in GGUF, nothing in `config.json`.
    var prefix = ""

    /// The value of `key`; JSON's `null` counts as absent.
    func value(_ key: String) -> JSONValue? {
        guard let value = fields[prefix + key], !value.isNull else { return nil }
        return value
    }

    func has(_ key: String) -> Bool { value(key) != nil }

    /// A whole number in `range`; `fallback` where the field is absent, and an error where there is no fallback.
    func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil) throws -> Int {
        guard let value = value(key) else { return try absent(key, fallback) }
        guard let number = value.integer else { throw wrongType(key, value, "a whole number") }
        guard range.contains(number) else {
            throw invalid(key, "\(number)", "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A finite number in `range`.
    func number(_ key: String, in range: ClosedRange<Double>, default fallback: Float? = nil) throws -> Float {
        guard let value = value(key) else { return try absent(key, fallback) }
        guard let number = value.double else { throw wrongType(key, value, "a number") }
        guard range.contains(number) else {
            throw invalid(key, "\(number)", "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return Float(number)
    }

    func boolean(_ key: String, default fallback: Bool? = nil) throws -> Bool {
        guard let value = value(key) else { return try absent(key, fallback) }
        guard let boolean = value.boolean else { throw wrongType(key, value, "true or false") }
        return boolean
    }

    func string(_ key: String, default fallback: String? = nil) throws -> String {
        guard let value = value(key) else { return try absent(key, fallback) }
        guard let string = value.string else { throw wrongType(key, value, "a string") }
        return string
    }

    /// The object at `key`; `nil` where it is absent.
    func object(_ key: String) throws -> FieldReader? {
        guard let value = value(key) else { return nil }
        guard let object = value.object else { throw wrongType(key, value, "an object") }
        return FieldReader(fields: object, source: "\(source), \(prefix + key)")
    }

    // MARK: Errors

    func invalid(_ key: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: source, field: prefix + key, found: "found \(found)", expected: expected,
            advice: "fetch the checkpoint again, or correct the field")
    }

    func unsupported(_ key: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .unsupported, source: source, field: prefix + key, found: "found \(found)", expected: expected,
            advice: "use a checkpoint of a supported kind; `isobath inspect --help` lists them")
    }

    private func wrongType(_ key: String, _ value: JSONValue, _ expected: String) -> InputError {
        InputError(
            .wrongType, source: source, field: prefix + key, found: "found \(value.kindName)", expected: expected,
            advice: "fetch the checkpoint again, or correct the field")
    }

    private func absent<Value>(_ key: String, _ fallback: Value?) throws -> Value {
        if let fallback { return fallback }
        throw InputError(
            .missing, source: source, field: prefix + key, found: "found no such field", expected: "the field",
            advice: "fetch the checkpoint again: its description of the model is incomplete")
    }
}

/// Bounds that every real model keeps and that no product of two can overflow.
enum Limits {
    static let width = 1...(1 << 20)
    static let heads = 1...65_536
    static let layers = 1...4_096
    static let experts = 1...65_536
    static let vocabulary = 1...(1 << 24)
    static let context = 1...(1 << 30)
    static let factor = 1e-6...1e9
    /// θ of the rotary embedding. YaRN divides by its logarithm.
    static let rotaryBase = 2...1e12
}
