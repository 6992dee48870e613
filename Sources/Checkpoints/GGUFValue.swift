import Files

/// A metadata value as a GGUF file holds it, with the type that it is stored in.
package enum GGUFValue: Sendable, Equatable {
    case uint8(UInt8)
    case int8(Int8)
    case uint16(UInt16)
    case int16(Int16)
    case uint32(UInt32)
    case int32(Int32)
    case float32(Float)
    case boolean(Bool)
    case string(String)
    /// Values of one type, which must be theirs.
    indirect case array(GGUFValueType, [GGUFValue])
    case uint64(UInt64)
    case int64(Int64)
    case float64(Double)
    /// The bytes of a value as a file holds them, whatever they mean.
    case stored(GGUFValueType, [UInt8])

    /// An array of strings.
    package static func strings(_ values: [String]) -> GGUFValue { .array(.string, values.map(string)) }

    /// A count or an id, which converters store in 32 bits; larger ones stop at the largest.
    package static func count(_ value: Int) -> GGUFValue { .uint32(UInt32(clamping: value)) }

    /// The type under which the file announces the value.
    package var type: GGUFValueType {
        switch self {
        case .uint8: .uint8
        case .int8: .int8
        case .uint16: .uint16
        case .int16: .int16
        case .uint32: .uint32
        case .int32: .int32
        case .float32: .float32
        case .boolean: .boolean
        case .string: .string
        case .array: .array
        case .uint64: .uint64
        case .int64: .int64
        case .float64: .float64
        case .stored(let type, _): type
        }
    }
}

/// The bytes of a GGUF header as they grow.
struct GGUFHeaderBytes {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// The bytes of `value`, without its type.
    /// - Returns: whether every array in it holds values of the type it announces, and is nested no deeper than readers go.
    mutating func append(_ value: GGUFValue, depth: Int = 0) -> Bool {
        switch value {
        case .uint8(let value): append(value)
        case .int8(let value): append(value)
        case .uint16(let value): append(value)
        case .int16(let value): append(value)
        case .uint32(let value): append(value)
        case .int32(let value): append(value)
        case .float32(let value): append(value.bitPattern)
        case .boolean(let value): bytes.append(value ? 1 : 0)
        case .string(let value): append(value)
        case .array(let type, let values): return append(values, of: type, depth: depth + 1)
        case .uint64(let value): append(value)
        case .int64(let value): append(value)
        case .float64(let value): append(value.bitPattern)
        case .stored(_, let stored): bytes.append(contentsOf: stored)
        }
        return true
    }

    private mutating func append(_ values: [GGUFValue], of type: GGUFValueType, depth: Int) -> Bool {
        append(type.rawValue)
        append(UInt64(values.count))
        guard depth <= GGUFMetadata.depthLimit else { return false }
        return values.allSatisfy { $0.type == type && append($0, depth: depth) }
    }

    /// Adds zeros up to a multiple of `alignment`.
    mutating func pad(to alignment: Int) {
        bytes.append(contentsOf: [UInt8](repeating: 0, count: padding(bytes.count, to: alignment)))
    }
}

/// Bytes that `count` lacks to a multiple of `alignment`.
func padding(_ count: Int, to alignment: Int) -> Int { (alignment - count % alignment) % alignment }
