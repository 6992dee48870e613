import Files

extension Shape {
    /// Nothing, if `value` has this shape.
    /// - Parameter path: where the value stands, like "messages[0].content".
    /// - Throws: `InputError` that names the first part which has another shape.
    func check(_ value: JSONValue, at path: String) throws {
        switch self {
        case .any: return
        case .named(_, let shape): try shape.check(value, at: path)
        case .model: guard value.string != nil else { throw defect(value, path) }
        case .null: guard value.isNull else { throw defect(value, path) }
        case .boolean: guard value.boolean != nil else { throw defect(value, path) }
        case .string(let choices, let length): try check(value, at: path, among: choices, length)
        case .integer(let range):
            guard let number = value.integer, !value.isRounded else { throw defect(value, path) }
            guard range.contains(number) else { throw defect("found \(number)", path, .invalidValue) }
        case .number(let range):
            guard let number = value.double else { throw defect(value, path) }
            guard range.contains(number) else { throw defect("found \(number)", path, .invalidValue) }
        case .array(let element, let count):
            guard let elements = value.array else { throw defect(value, path) }
            try check(elements.count, count, path)
            for (index, inner) in elements.enumerated() { try element.check(inner, at: "\(path)[\(index)]") }
        case .map(let shape, let count):
            guard let object = value.object else { throw defect(value, path) }
            try check(object.members.count, count, path)
            for member in object.members { try shape.check(member.value, at: Shape.join(path, member.key)) }
        case .object(let fields):
            guard let object = value.object else { throw defect(value, path) }
            for field in fields { try field.check(object, at: path) }
        case .either(let shapes): try check(value, at: path, either: shapes)
        }
    }

    private func check(_ value: JSONValue, at path: String, among choices: [String], _ length: ClosedRange<Int>) throws
    {
        guard let text = value.string else { throw defect(value, path) }
        guard choices.isEmpty || choices.contains(text) else {
            throw defect("found “\(printable(text, limit: 60))”", path, .invalidValue)
        }
        guard length.contains(text.unicodeScalars.count) else {
            throw defect("found \(text.unicodeScalars.count) characters", path, .excessive)
        }
    }

    private func check(_ found: Int, _ count: ClosedRange<Int>, _ path: String) throws {
        guard !count.contains(found) else { return }
        throw defect("found \(found) entries", path, found > count.upperBound ? .excessive : .invalidValue)
    }

    /// Where only one of the alternatives is of the value's kind, what is wrong with that one is what helps.
    private func check(_ value: JSONValue, at path: String, either shapes: [Shape]) throws {
        var failures: [any Error] = []
        for shape in shapes {
            do { return try shape.check(value, at: path) } catch  where shape.isKind(of: value) {
                failures.append(error)
            } catch {}
        }
        if failures.count == 1 { throw failures[0] }
        throw defect(value, path)
    }

    /// Whether `value` is what this shape is at its outermost: a text, a list, …
    private func isKind(of value: JSONValue) -> Bool {
        switch (self, value) {
        case (.named(_, let shape), _): shape.isKind(of: value)
        case (.string, .string), (.model, .string), (.integer, .number), (.number, .number), (.boolean, .boolean),
            (.null, .null),
            (.array, .array), (.object, .object), (.map, .object), (.any, _):
            true
        case (.either(let shapes), _): shapes.contains { $0.isKind(of: value) }
        default: false
        }
    }

    fileprivate static func join(_ path: String, _ name: String) -> String {
        path.isEmpty ? printable(name, limit: 60) : "\(path).\(printable(name, limit: 60))"
    }

    private func defect(_ value: JSONValue, _ path: String) -> InputError {
        defect("found \(value.kindName)", path, .wrongType)
    }

    fileprivate func defect(_ found: String, _ path: String, _ kind: InputError.Kind) -> InputError {
        InputError(
            kind, source: "request", field: path.isEmpty ? "body" : path, found: found, expected: words,
            advice: "correct it and ask again")
    }
}

extension JSONValue {
    /// Whether this is a whole number that no integer holds exactly, so that only a rounded one could stand for it.
    fileprivate var isRounded: Bool {
        guard case .number(let text) = self else { return false }
        return Int(text) == nil && !text.contains { ".eE".contains($0) }
    }
}

extension Field {
    fileprivate func check(_ object: JSONObject, at path: String) throws {
        let inner = Shape.join(path, name)
        guard let value = object[name], isRequired || !value.isNull else {
            if isRequired { throw shape.defect("found nothing", inner, .missing) }
            return
        }
        try shape.check(value, at: inner)
    }
}

// MARK: - In words

extension Shape {
    /// The shape as a noun phrase: "a number from 0 to 2".
    var words: String {
        switch self {
        case .any: "any value"
        case .model: "the name of a model"
        case .null: "null"
        case .boolean: "true or false"
        case .named(_, let shape): shape.words
        case .string(let choices, let length): Shape.words(choices, length)
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            range.upperBound == .greatestFiniteMagnitude
                ? "a number" : "a number from \(range.lowerBound) to \(range.upperBound)"
        case .array(_, let count): "a list" + Shape.words(count)
        case .object(let fields):
            fields.contains(where: \.isRequired)
                ? "an object with " + fields.filter(\.isRequired).map(\.name).joined(separator: ", ") : "an object"
        case .map(_, let count): "an object" + Shape.words(count)
        case .either(let shapes): shapes.map(\.words).joined(separator: " or ")
        }
    }

    private static func words(_ choices: [String], _ length: ClosedRange<Int>) -> String {
        if !choices.isEmpty { return "one of " + choices.joined(separator: ", ") }
        if length.upperBound == Int(Int32.max) {
            return length.lowerBound > 0 ? "a text that is not empty" : "a text"
        }
        return "a text of \(length.lowerBound) to \(length.upperBound) characters"
    }

    private static func words(_ count: ClosedRange<Int>) -> String {
        if count.upperBound == Int(Int32.max) { return count.lowerBound > 0 ? " that is not empty" : "" }
        return " of \(count.lowerBound) to \(count.upperBound) entries"
    }
}
