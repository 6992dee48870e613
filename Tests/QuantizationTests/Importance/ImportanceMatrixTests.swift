import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Quantization
@testable import Tensors

@Suite final class ImportanceMatrixTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func integer(_ value: Int) -> Data { withUnsafeBytes(of: Int32(value).littleEndian) { Data($0) } }

    private func floats(_ values: [Float]) -> Data {
        values.reduce(into: Data()) { $0 += withUnsafeBytes(of: $1) { Data($0) } }
    }

    /// The older form.
    private func old(_ entries: [(name: String, calls: Int, values: [Float])]) -> Data {
        entries.reduce(into: integer(entries.count)) { data, entry in
            data += integer(entry.name.utf8.count) + Data(entry.name.utf8) + integer(entry.calls)
            data += integer(entry.values.count) + floats(entry.values)
        }
    }

    private func matrix(_ data: Data) throws -> ImportanceMatrix {
        let path = folder + "/matrix"
        try data.write(to: URL(filePath: path))
        return try ImportanceMatrix(reading: path)
    }

    @Test func olderFilesAreRead() throws {
        let found = try matrix(old([("blk.0.ffn_up.weight", 4, [4, 8, 0]), ("b", 0, [2])]) + integer(9))
        #expect(found.count == 2)
        #expect(try found.importance(of: "blk.0.ffn_up.weight", Shape(7, 3)) == [1, 2, 0])
        #expect(try found.importance(of: "b", Shape(1, 1)) == [2])
        #expect(try found.importance(of: "c", Shape(1, 1)) == nil)
        let error = #expect(throws: InputError.self) { try found.importance(of: "blk.0.ffn_up.weight", Shape(7, 4)) }
        #expect(error?.kind == .wrongShape)
    }

    @Test func newerFilesAreReadByExpert() throws {
        let path = folder + "/matrix.gguf"
        let header = try GGUFHeader(
            metadata: [("general.type", .string("imatrix"))],
            tensors: [
                .init(name: "x.weight.in_sum2", shape: Shape(3, 2), type: .f32),
                .init(name: "x.weight.counts", shape: Shape(3, 1), type: .f32),
            ], source: path)
        try writeGGUF(header, to: path) { writer in
            try writer.append(floats([2, 4, 9, 9, 5, 10]))
            try writer.append(floats([2, 0, 5]))
        }
        let found = try ImportanceMatrix(reading: path)
        #expect(try found.importance(of: "x.weight", Shape(3, 8, 2)) == [1, 2, 1, 1, 1, 2])
        #expect(found.unseenExperts == ["x.weight": [1]])
    }

    @Test func brokenFilesAreRefused() throws {
        let good = old([("a", 1, [1, 2])])
        let broken = [
            Data(), integer(0), integer(-1), integer(2_000_000), integer(1), good.dropLast(),
            integer(2) + good.dropFirst(4),
            old([("a", 1, [1]), ("a", 1, [1])]), old([("", 1, [1])]), old([("a", 1, [])]), old([("a", -1, [1])]),
            old([("a", 1, [-1])]), old([("a", 1, [.nan])]), old([("a", 1, [.infinity])]),
            integer(1) + integer(1_000_000_000),
            integer(1) + integer(1) + Data([0xFF]) + integer(1) + integer(1) + floats([1]),
            integer(1) + integer(1) + Data("a".utf8) + integer(1) + integer(Int(Int32.max)),
        ]
        for data in broken {
            let error = #expect(throws: InputError.self, "\(Array(data))") { try matrix(Data(data)) }
            #expect(error?.source == folder + "/matrix")
        }
    }

    /// Whatever bytes are changed or cut off, a file is read or answered by a sentence.
    @Test func changedBytesAreReadOrRefused() throws {
        let whole = [UInt8](old([("blk.0.ffn_up.weight", 3, [1, 2, 3]), ("b", 1, [2, 4])]))
        var generator = SeededNumbers()
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<3 { bytes[generator.below(bytes.count)] = UInt8(generator.below(256)) }
            bytes.removeLast(generator.below(2) * generator.below(bytes.count))
            do {
                _ = try ImportanceMatrix(.copy(of: bytes, path: "changed"))
            } catch let error as InputError {
                #expect(error.source == "changed")
            }
        }
    }

    /// Columns count as the matrix says, each expert's for its own part.
    @Test func tensorsAreWrittenByImportance() throws {
        let source = try ModelSource(path: Fixture.path("gguf/v3-mtp.gguf"))
        let original = try openCheckpoint(at: source.path)
        let names = ["blk.1.ffn_up_exps.weight", "blk.0.ffn_up.weight"]
        var generator = SeededNumbers()
        let entries = try names.map { name in
            let shape = try #require(original.entry(named: name)).tensor.shape
            let count = shape.width * (shape.rank == 3 ? shape[0] : 1)
            return (name: name, calls: 1, values: (0..<count).map { _ in generator.next() })
        }
        let recipe = try Recipe("q4_0")
        let quantizer = try ModelQuantizer(
            source, recipe, importance: try matrix(old(entries)), path: folder + "/out.gguf")
        try quantizer.write(pool: ThreadPool(threads: 2)) { _ in }
        let found = try openCheckpoint(at: folder + "/out.gguf")
        for (name, _, values) in entries {
            let tensor = try #require(original.entry(named: name)).tensor
            let written = try #require(found.entry(named: name)).tensor
            let parts = tensor.shape.rank == 3 ? tensor.shape[0] : 1
            let each = tensor.floats.count / parts
            var expected: [UInt8] = []
            for part in 0..<parts {
                let width = tensor.shape.width
                let rows = Array(tensor.floats[part * each..<(part + 1) * each])
                let weights = Array(values[part * width..<(part + 1) * width])
                expected += written.elementType.encoded(rows, importance: weights, width: width)
            }
            #expect(
                Array(UnsafeRawBufferPointer(start: written.bytes, count: written.byteCount)) == expected, "\(name)")
        }
        #expect(found.fields["quantize.imatrix.entries_count"]?.integer == 2)
    }

    @Test func whatGoesWithAnotherModelIsRefused() throws {
        let source = try ModelSource(path: Fixture.path("gguf/llama-mha.gguf"))
        let recipe = try Recipe("q4_k_m")
        let others: [(name: String, calls: Int, values: [Float])] = [
            ("no.such.tensor", 1, [1]), ("blk.0.ffn_up.weight", 1, [1, 2, 3]),
        ]
        for other in others {
            let matrix = try matrix(old([other]))
            #expect(throws: InputError.self) {
                try ModelQuantizer(source, recipe, importance: matrix, path: folder + "/out.gguf")
            }
        }
        // Rows of 256 values, so that types of two bits fit.
        let wide = try ModelSource(path: Fixture.path("gguf/v3-k256-Q4_K_M.gguf"))
        let error = #expect(throws: InputError.self) {
            try ModelQuantizer(wide, try Recipe("iq2_xxs"), path: folder + "/out.gguf")
        }
        #expect(error?.kind == .unsupported && error?.description.contains("--imatrix") == true)
    }

    @Test func matricesAreAdded() throws {
        var (a, b) = (ImportanceMatrix(path: "a"), ImportanceMatrix(path: "b"))
        try a.add("x", .init(sums: [1, 2, 3, 4], counts: [1, 0]))
        try a.add("y", .init(sums: [5], counts: [2]))
        try b.add("x", .init(sums: [10, 20, 30, 40], counts: [3, 4]))
        try b.add("z", .init(sums: [7], counts: [1]))
        (a.datasets, a.chunkCount, b.datasets, b.chunkCount) = (["one"], 2, ["two"], 5)
        let sum = try a.adding(b)
        #expect(sum.entries["x"] == .init(sums: [11, 22, 33, 44], counts: [4, 4]))
        #expect(sum.entries["y"] == a.entries["y"] && sum.entries["z"] == b.entries["z"])
        #expect(sum.datasets == ["one", "two"] && sum.chunkCount == 7)
        var older = ImportanceMatrix(path: "older")
        try older.add("x", .init(sums: [1, 1, 1, 1], counts: [512]))
        #expect(try older.adding(a).entries["x"] == .init(sums: [2, 3, 4, 5], counts: [513, 512]))
        #expect(try a.adding(older).entries["x"] == .init(sums: [2, 3, 4, 5], counts: [513, 512]))
        var other = ImportanceMatrix(path: "other")
        try other.add("x", .init(sums: [1, 2], counts: [1, 0]))
        let error = #expect(throws: InputError.self) { try a.adding(other) }
        #expect(error?.field == "x")
    }

    @Test func nothingIsNotWritten() throws {
        #expect(throws: InputError.self) { try ImportanceMatrix(path: "nothing").write(to: folder + "/nothing.gguf") }
        #expect(!FileManager.default.fileExists(atPath: folder + "/nothing.gguf"))
    }

    @Test func olderFilesMayEndBehindTheirEntries() throws {
        let entries = old([("a", 2, [2, 4])])
        #expect(try matrix(entries).datasets == [])
        let whole = try matrix(entries + integer(3) + integer(4) + Data("text".utf8))
        #expect(whole.datasets == ["text"] && whole.chunkCount == 3)
        // What stands behind the entries is no reason to refuse them.
        #expect(try matrix(entries + integer(3) + integer(400)).chunkCount == 3)
        #expect(try matrix(entries + integer(-3)).chunkCount == 0)
    }
}

/// Numbers from 0 to 1.
private struct SeededNumbers {
    private var state: UInt64 = 7

    mutating func below(_ limit: Int) -> Int { min(Int(next() * Float(limit)), limit - 1) }

    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 40) / 16_777_216
    }
}
