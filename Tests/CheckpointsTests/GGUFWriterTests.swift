import Files
import Foundation
import TestSupport
import Testing

@testable import Checkpoints
@testable import Tensors

/// What the writer writes, the reader reads; what it could not read is not written.
@Suite final class GGUFWriterTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var path: String { folder + "/model.gguf" }

    private func write(
        _ metadata: [(key: String, value: GGUFValue)] = [], _ tensors: [TensorPlan] = [],
        _ bytes: [[UInt8]] = []
    ) throws {
        let header = try GGUFHeader(metadata: metadata, tensors: tensors, source: path)
        try writeGGUF(header, to: path) { writer in
            for piece in bytes { try writer.append(piece) }
            #expect(writer.byteCount == header.fileByteCount)
        }
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(size == header.fileByteCount)
    }

    private func fails(
        _ kind: InputError.Kind, _ metadata: [(key: String, value: GGUFValue)] = [],
        _ tensors: [TensorPlan] = [], _ location: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: InputError.self, sourceLocation: location) {
            try GGUFHeader(metadata: metadata, tensors: tensors, source: path)
        }
        #expect(error?.kind == kind, sourceLocation: location)
    }

    // MARK: Round trips

    static let scalars: [(GGUFValue, JSONValue)] = [
        (.uint8(255), .number("255")), (.int8(-128), .number("-128")), (.uint16(65_535), .number("65535")),
        (.int16(-32_768), .number("-32768")), (.uint32(.max), .number("4294967295")),
        (.int32(.min), .number("-2147483648")), (.uint64(.max), .number("18446744073709551615")),
        (.int64(.min), .number("-9223372036854775808")), (.float32(1e-6), .number("1e-06")),
        (.float64(0.1), .number("0.1")), (.float32(.infinity), .string("inf")), (.boolean(true), .boolean(true)),
        (.boolean(false), .boolean(false)), (.string("ünï\n"), .string("ünï\n")), (.string(""), .string("")),
    ]

    @Test func scalarsOfEveryType() throws {
        try write(Self.scalars.enumerated().map { ("value.\($0)", $1.0) })
        let fields = try openCheckpoint(at: path).fields
        for (index, pair) in Self.scalars.enumerated() { #expect(fields["value.\(index)"] == pair.1, "\(pair.0)") }
        #expect(fields.members.count == Self.scalars.count)
    }

    @Test func arraysOfEveryType() throws {
        var metadata = Self.scalars.enumerated().map { index, pair -> (key: String, value: GGUFValue) in
            ("array.\(index)", .array(pair.0.type, [pair.0, pair.0, pair.0]))
        }
        metadata.append(("empty", .array(.uint32, [])))
        metadata.append(("nested", .array(.array, [.strings(["a", "b"]), .array(.int8, [.int8(-1)])])))
        try write(metadata)
        let fields = try openCheckpoint(at: path).fields
        for (index, pair) in Self.scalars.enumerated() {
            #expect(fields["array.\(index)"] == .array([pair.1, pair.1, pair.1]))
        }
        #expect(fields["empty"] == .array([]))
        #expect(
            fields["nested"] == .array([.array([.string("a"), .string("b")]), .array([.number("-1")])]))
    }

    @Test func tensorsOfEveryTypeAndRank() throws {
        let types = ElementType.allCases.filter { GGUFTensorType.number(of: $0) != nil }
        #expect(types.count == 27)
        let shapes: [Shape] = [[512], [3, 256], [2, 3, 256], [2, 1, 3, 256]]
        let plans = types.enumerated().map { index, type in
            TensorPlan(name: "tensor.\(type.rawValue)", shape: shapes[index % 4], type: type)
        }
        let header = try GGUFHeader(metadata: [], tensors: plans, source: path)
        let bytes = header.byteCounts.enumerated().map { seed, count in
            (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }
        }
        // In pieces that end now inside and now at the end of a tensor.
        try write([], plans, bytes.flatMap { [Array($0.prefix(7)), Array($0.dropFirst(7))] })
        let checkpoint = try openCheckpoint(at: path)
        #expect(checkpoint.tensors.map(\.name) == plans.map(\.name))
        for (plan, expected) in zip(plans, bytes) {
            let tensor = try #require(checkpoint.entry(named: plan.name)?.tensor)
            #expect(tensor.shape == plan.shape && tensor.elementType == plan.type)
            #expect(tensor.byteOffset % 32 == 0)
            let found = withExtendedLifetime(checkpoint) {
                [UInt8](UnsafeRawBufferPointer(start: tensor.bytes, count: tensor.byteCount))
            }
            #expect(found == expected, "\(plan.type)")
        }
    }

    @Test func alignmentIsTheFilesOwn() throws {
        let plans = ["a", "b"].map { TensorPlan(name: $0, shape: [3], type: .f32) }
        try write(
            [("general.alignment", .uint32(4096))], plans,
            [[UInt8](repeating: 1, count: 12), [UInt8](repeating: 2, count: 12)])
        let tensors = try openCheckpoint(at: path).tensors.map(\.tensor)
        #expect(tensors.map(\.byteOffset) == [4096, 8192])
        for wrong: GGUFValue in [.uint32(0), .uint32(4), .uint32(48), .uint64(64), .string("32")] {
            fails(.invalidValue, [("general.alignment", wrong)])
        }
    }

    // MARK: What cannot be written

    @Test func headersThatNobodyCouldRead() {
        fails(.duplicate, [("a", .uint8(1)), ("a", .uint8(2))])
        fails(.excessive, [("", .uint8(1))])
        fails(.excessive, [(String(repeating: "k", count: 65_536), .uint8(1))])
        fails(.wrongType, [("a", .array(.uint8, [.uint8(1), .int8(1)]))])
        fails(.wrongType, [("a", (0..<9).reduce(.uint8(1)) { inner, _ in .array(inner.type, [inner]) })])
        fails(.duplicate, [], [.init(name: "a", shape: [1], type: .f32), .init(name: "a", shape: [1], type: .f32)])
        fails(.excessive, [], [.init(name: String(repeating: "n", count: 64), shape: [1], type: .f32)])
        fails(.unsupported, [], [.init(name: "a", shape: [1], type: .f8e4m3)])
        fails(.wrongShape, [], [.init(name: "a", shape: [2, 33], type: .q8_0)])
        fails(.wrongShape, [], [.init(name: "a", shape: [0], type: .f32)])
        fails(.wrongShape, [], [.init(name: "a", shape: [], type: .f32)])
        fails(.overflow, [], [.init(name: "a", shape: [1 << 61, 2], type: .f32)])
        let half = TensorPlan(name: "a", shape: [1 << 60], type: .f32)
        fails(.overflow, [], [half, .init(name: "b", shape: [1 << 60], type: .f32)])
    }

    @Test func wrongAmountsOfBytesLeaveNoFile() throws {
        let plans = [TensorPlan(name: "a", shape: [8], type: .f32)]
        for count in [0, 31, 33] {
            let error = #expect(throws: InputError.self) {
                let header = try GGUFHeader(metadata: [], tensors: plans, source: path)
                try writeGGUF(header, to: path) { try $0.append([UInt8](repeating: 0, count: count)) }
            }
            #expect(error?.kind == .truncated && error?.field == "a")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
}
