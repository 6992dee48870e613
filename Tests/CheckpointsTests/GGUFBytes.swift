/// Makes GGUF files for tests: right ones, and wrong ones in a chosen place.
struct GGUFBytes {
    /// A metadata value: the number of its type, and its bytes.
    struct Value {
        var type: UInt32
        var bytes: [UInt8]

        static func uint8(_ value: UInt8) -> Value { Value(type: 0, bytes: [value]) }
        static func int8(_ value: Int8) -> Value { Value(type: 1, bytes: littleEndian(value)) }
        static func uint16(_ value: UInt16) -> Value { Value(type: 2, bytes: littleEndian(value)) }
        static func int16(_ value: Int16) -> Value { Value(type: 3, bytes: littleEndian(value)) }
        static func uint32(_ value: UInt32) -> Value { Value(type: 4, bytes: littleEndian(value)) }
        static func int32(_ value: Int32) -> Value { Value(type: 5, bytes: littleEndian(value)) }
        static func float32(_ value: Float) -> Value { Value(type: 6, bytes: littleEndian(value.bitPattern)) }
        static func boolean(_ value: UInt8) -> Value { Value(type: 7, bytes: [value]) }
        static func string(_ value: String) -> Value { Value(type: 8, bytes: text(value)) }
        static func uint64(_ value: UInt64) -> Value { Value(type: 10, bytes: littleEndian(value)) }
        static func int64(_ value: Int64) -> Value { Value(type: 11, bytes: littleEndian(value)) }
        static func float64(_ value: Double) -> Value { Value(type: 12, bytes: littleEndian(value.bitPattern)) }

        /// An array of values of one type; of `count` as the file says, however many there are.
        static func array(_ type: UInt32, _ values: [Value], count: UInt64? = nil) -> Value {
            let head = littleEndian(type) + littleEndian(count ?? UInt64(values.count))
            return Value(type: 9, bytes: head + values.flatMap(\.bytes))
        }

        static func strings(_ values: [String]) -> Value { array(8, values.map(string)) }

        /// One array inside of another, `depth` levels in all.
        static func nested(_ depth: Int) -> Value {
            (1..<depth).reduce(array(4, [uint32(1)])) { inner, _ in array(9, [inner]) }
        }
    }

    /// The description of a tensor.
    struct Description {
        var name = "tensor"
        var dimensions: [UInt64] = [8]
        var rank: UInt32?
        var type: UInt32 = 0
        var offset: UInt64 = 0

        var bytes: [UInt8] {
            text(name) + littleEndian(rank ?? UInt32(dimensions.count)) + dimensions.flatMap { littleEndian($0) }
                + littleEndian(type) + littleEndian(offset)
        }
    }

    var version: UInt32 = 3
    var pairs: [(key: String, value: Value)] = [("general.architecture", .string("llama"))]
    var keyCount: UInt64?
    var descriptions: [Description] = []
    var tensorCount: UInt64?
    /// Bytes of the data section.
    var dataCount = 0

    /// A file with two tensors, all kinds of metadata and a vocabulary.
    static var sample: GGUFBytes {
        GGUFBytes(
            pairs: [
                ("general.architecture", .string("llama")), ("general.alignment", .uint32(32)),
                ("values.small", .uint8(200)), ("values.float", .float32(0.5)), ("values.flag", .boolean(1)),
                ("values.nested", .nested(2)),
            ] + vocabulary,
            descriptions: [
                Description(name: "matrix", dimensions: [4, 2]),
                Description(name: "blocks", dimensions: [32, 1], type: 8, offset: 32),
            ], dataCount: 66)
    }

    /// A vocabulary of three normal tokens and a special one.
    static var vocabulary: [(key: String, value: Value)] {
        [
            ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string("qwen2")),
            ("tokenizer.ggml.tokens", .strings(["a", "b", "ab", "<end>"])),
            ("tokenizer.ggml.token_type", .array(5, [1, 1, 1, 3].map(Value.int32))),
            ("tokenizer.ggml.merges", .strings(["a b"])), ("tokenizer.ggml.eos_token_id", .uint32(3)),
        ]
    }

    /// The same file with `key` set to `value`, or without it.
    func setting(_ key: String, _ value: Value?) -> GGUFBytes {
        var result = self
        result.pairs.removeAll { $0.key == key }
        if let value { result.pairs.append((key, value)) }
        return result
    }

    /// Only the metadata, as files for tokenizing have it.
    func withoutTensors() -> GGUFBytes {
        var result = self
        result.descriptions = []
        result.dataCount = 0
        return result
    }

    var bytes: [UInt8] {
        var bytes = Array("GGUF".utf8) + littleEndian(version)
        bytes += littleEndian(tensorCount ?? UInt64(descriptions.count)) + littleEndian(keyCount ?? UInt64(pairs.count))
        for (key, value) in pairs { bytes += text(key) + littleEndian(value.type) + value.bytes }
        for description in descriptions { bytes += description.bytes }
        if dataCount > 0 { bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32 + dataCount) }
        return bytes
    }
}

/// The bytes of an integer as both formats have them.
func littleEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

private func text(_ value: String) -> [UInt8] { littleEndian(UInt64(value.utf8.count)) + Array(value.utf8) }
