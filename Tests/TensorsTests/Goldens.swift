import Foundation
import TestSupport

@testable import Tensors

/// Tensors that another implementation recorded: `NAME.bin`, and `NAME.json` with a place for each of them.
struct Goldens {
    struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let offset: Int
        let bytes: Int
    }

    private struct Index: Decodable { let tensors: [String: Entry] }

    let entries: [String: Entry]
    private let data: Data

    init(_ name: String) throws {
        entries = try JSONDecoder().decode(Index.self, from: Fixture.data(name + ".json")).tensors
        data = try Fixture.data(name + ".bin")
    }

    func bytes(_ name: String) throws -> [UInt8] {
        guard let entry = entries[name] else { throw CocoaError(.fileReadNoSuchFile) }
        return [UInt8](data[entry.offset..<entry.offset + entry.bytes])
    }

    func floats(_ name: String) throws -> [Float] { try floatValues(bytes(name)) }
}

/// Little-endian f32 values.
func floatValues(_ bytes: [UInt8]) -> [Float] {
    bytes.withUnsafeBytes { raw in
        (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    }
}

/// A tensor with these bytes, in memory of its own.
func tensor(_ bytes: [UInt8], _ type: ElementType, _ shape: Shape, offset: Int = 0) -> Tensor? {
    let storage = Storage(byteCount: bytes.count + offset)
    bytes.withUnsafeBytes {
        if let source = $0.baseAddress { (storage.base + offset).copyMemory(from: source, byteCount: $0.count) }
    }
    return Tensor(storage: storage, byteOffset: offset, elementType: type, shape: shape)
}

func encoded(_ values: [Float], _ type: ElementType) -> [UInt8] {
    let byteCount = type.byteCount(ofRowWithWidth: values.count) ?? 0
    return Array(unsafeUninitializedCapacity: byteCount) { buffer, count in
        if let target = UnsafeMutableRawPointer(buffer.baseAddress) {
            values.withUnsafeBufferPointer { encodeValues($0, type, to: target) }
        }
        count = byteCount
    }
}

func decoded(_ bytes: [UInt8], _ type: ElementType, count: Int) -> [Float] {
    tensor(bytes, type, Shape(1, count))?.decoded().floats ?? []
}

extension Array where Element == Float {
    var bits: [UInt32] { map(\.bitPattern) }
}

/// SplitMix64: the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }
}
