import Files

/// The type of a metadata value, under its number in the file.
package enum GGUFValueType: UInt32, Sendable {
    case uint8 = 0
    case int8, uint16, int16, uint32, int32, float32, boolean, string, array, uint64, int64, float64

    /// Bytes of a value; for strings and arrays the least there can be.
    var minimumBytes: UInt64 {
        switch self {
        case .uint8, .int8, .boolean: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64, .string: 8
        case .array: 12
        }
    }

    var isFixedSize: Bool { self != .string && self != .array }
}

/// An array that stays in the file until somebody asks for it.
struct GGUFArray {
    let elementType: GGUFValueType
    let count: Int
    /// Where its first element lies.
    let offset: UInt64
}

/// The key-value pairs at the start of a GGUF file.
struct GGUFMetadata {
    /// Most keys a file may have; the largest in use have about a hundred.
    static let keyLimit = 65_536
    /// Longest array that `fields` holds.
    static let arrayLimit = 1024
    /// Values in all arrays of `fields` together.
    static let valueLimit = 65_536
    static let depthLimit = 8

    /// Scalars and short arrays, by key. A number that is not finite stands as the string "nan", "inf" or "-inf".
    let fields: JSONObject
    /// All arrays, by key: also the long ones and the tokenizer's, which `fields` leaves out.
    let arrays: [String: GGUFArray]
    /// Where the bytes of each value lie, in the order of the file.
    let places: [(key: String, type: GGUFValueType, bytes: Range<Int>)]

    /// Reads `count` pairs at the cursor of `reader`.
    init(_ reader: inout GGUFReader, count: Int) throws {
        guard count <= GGUFMetadata.keyLimit else {
            throw reader.defect(
                .excessive, "metadata count", "found \(count) keys", "at most \(GGUFMetadata.keyLimit)")
        }
        var members: [(key: String, value: JSONValue)] = []
        var arrays: [String: GGUFArray] = [:]
        var places: [(key: String, type: GGUFValueType, bytes: Range<Int>)] = []
        var seen: Set<String> = []
        var budget = GGUFMetadata.valueLimit
        for index in 0..<count {
            let start = reader.position
            let key = try reader.string("metadata key \(index)", limit: GGUFReader.nameLimit)
            guard seen.insert(key).inserted else {
                throw reader.defect(.duplicate, key, "found the key a second time", "every key once", at: start)
            }
            let type = try reader.valueType(key)
            let first = Int(reader.position)
            if type == .array { arrays[key] = try reader.arrayHead(key) }
            if let value = try reader.value(type, key, &budget, array: arrays[key]) { members.append((key, value)) }
            places.append((key, type, first..<Int(reader.position)))
        }
        self.fields = JSONObject(members)
        self.arrays = arrays
        self.places = places
    }
}

extension GGUFReader {
    fileprivate mutating func valueType(_ key: String) throws -> GGUFValueType {
        let start = position
        let number = try integer(UInt32.self, key)
        guard let type = GGUFValueType(rawValue: number) else {
            throw defect(.wrongType, key, "found the value type \(number)", "a type from 0 to 12", at: start)
        }
        return type
    }

    /// The element type and length of an array; the cursor then stands at its first element.
    fileprivate mutating func arrayHead(_ key: String) throws -> GGUFArray {
        let type = try valueType(key)
        let count = try count(key, minimumBytes: type.minimumBytes)
        return GGUFArray(elementType: type, count: count, offset: position)
    }

    /// The value for `fields`; `nil` for an array that does not belong there, which is passed over.
    fileprivate mutating func value(
        _ type: GGUFValueType, _ key: String, _ budget: inout Int, array: GGUFArray?
    ) throws -> JSONValue? {
        guard let array else { return try scalar(type, key) }
        let start = self
        if !key.hasPrefix("tokenizer.ggml."), let values = try elements(of: array, key, &budget, depth: 1) {
            return .array(values)
        }
        self = start
        try skipElements(of: array, key, depth: 1)
        return nil
    }

    /// A number, a boolean or a string.
    mutating func scalar(_ type: GGUFValueType, _ key: String) throws -> JSONValue {
        switch type {
        case .uint8: .number(String(try integer(UInt8.self, key)))
        case .int8: .number(String(try integer(Int8.self, key)))
        case .uint16: .number(String(try integer(UInt16.self, key)))
        case .int16: .number(String(try integer(Int16.self, key)))
        case .uint32: .number(String(try integer(UInt32.self, key)))
        case .int32: .number(String(try integer(Int32.self, key)))
        case .uint64: .number(String(try integer(UInt64.self, key)))
        case .int64: .number(String(try integer(Int64.self, key)))
        case .float32: number(Float(bitPattern: try integer(UInt32.self, key)))
        case .float64: number(Double(bitPattern: try integer(UInt64.self, key)))
        case .boolean: .boolean(try boolean(key))
        case .string: .string(try string(key))
        case .array: throw defect(.wrongType, key, "found an array", "a single value")
        }
    }

    /// The shortest decimal that reads back as the same value: 1e-6 stays 1e-6 however it was widened.
    private func number<Value: BinaryFloatingPoint & CustomStringConvertible>(_ value: Value) -> JSONValue {
        value.isFinite ? .number(value.description) : .string(value.description)
    }

    private mutating func boolean(_ key: String) throws -> Bool {
        let start = position
        let byte = try integer(UInt8.self, key)
        guard byte <= 1 else { throw defect(.invalidValue, key, "found a boolean of \(byte)", "0 or 1", at: start) }
        return byte == 1
    }

    /// The elements, or `nil` if they are too many for `fields`.
    private mutating func elements(
        of array: GGUFArray, _ key: String, _ budget: inout Int, depth: Int
    ) throws -> [JSONValue]? {
        guard array.count <= GGUFMetadata.arrayLimit, array.count <= budget else { return nil }
        try checkDepth(depth, key)
        budget -= array.count
        var values: [JSONValue] = []
        for _ in 0..<array.count {
            if array.elementType == .array {
                let inner = try arrayHead(key)
                guard let nested = try elements(of: inner, key, &budget, depth: depth + 1) else { return nil }
                values.append(.array(nested))
            } else {
                values.append(try scalar(array.elementType, key))
            }
        }
        return values
    }

    private mutating func skipElements(of array: GGUFArray, _ key: String, depth: Int) throws {
        try checkDepth(depth, key)
        if array.elementType.isFixedSize {
            // No overflow: `arrayHead` found the count to fit the file.
            return try skip(UInt64(array.count) * array.elementType.minimumBytes, key)
        }
        for _ in 0..<array.count {
            if array.elementType == .string {
                try skipString(key)
            } else {
                try skipElements(of: try arrayHead(key), key, depth: depth + 1)
            }
        }
    }

    private func checkDepth(_ depth: Int, _ key: String) throws {
        guard depth <= GGUFMetadata.depthLimit else {
            throw defect(.excessive, key, "found arrays nested deeper", "at most \(GGUFMetadata.depthLimit) levels")
        }
    }
}
