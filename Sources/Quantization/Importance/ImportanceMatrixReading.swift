import Checkpoints
import Files
import Tensors

extension ImportanceMatrix {
    /// The matrix in the file at `path`.
    /// - Throws: `InputError` if there is no such file, or it is broken.
    package init(reading path: String) throws { try self.init(try MappedFile(path: path)) }

    /// The matrix in a file that is mapped already.
    init(_ file: MappedFile) throws {
        var sum = ByteSum()
        file.withBytes(in: 0..<file.byteCount) { sum.add($0) }
        self.init(path: file.path)
        fingerprint = sum.value
        if let checkpoint = try openGGUF(file) {
            try read(checkpoint)
        } else {
            var reader = OlderMatrixReader(file, self)
            try reader.read()
            self = reader.matrix
        }
        guard !entries.isEmpty else { throw defect(nil, "found no tensors", "importance of some") }
    }

    /// Sums of squares in `NAME.in_sum2`, and how many rows they are of, for each expert, in `NAME.counts`.
    private mutating func read(_ checkpoint: any Checkpoint) throws {
        let suffix = ".in_sum2"
        for entry in checkpoint.tensors where entry.name.hasSuffix(suffix) {
            let name = String(entry.name.dropLast(suffix.count))
            guard let counts = checkpoint.entry(named: name + ".counts")?.tensor, counts.elementType == .f32,
                entry.tensor.elementType == .f32
            else { throw defect(name, "found sums without counts that go with them", "a count for each expert") }
            try add(name, Entry(sums: entry.tensor.floats, counts: counts.floats))
        }
        datasets = checkpoint.fields[Key.datasets]?.array?.compactMap(\.string) ?? []
        chunkCount = max(checkpoint.fields[Key.chunkCount]?.integer ?? 0, 0)
        chunkLength = max(checkpoint.fields[Key.chunkLength]?.integer ?? chunkLength, 1)
    }

    /// The keys of the GGUF form.
    enum Key {
        static let datasets = "imatrix.datasets"
        static let chunkCount = "imatrix.chunk_count"
        static let chunkLength = "imatrix.chunk_size"
    }
}

/// Reads the older form: a count of entries; of each the length of a name, the name, a number of calls, a number of values,
/// and the means of squares times that number of calls; then, in newer files of it, the last chunk and the text's name.
private struct OlderMatrixReader {
    private(set) var matrix: ImportanceMatrix
    private let file: MappedFile
    private var place: UInt64 = 0

    init(_ file: MappedFile, _ matrix: ImportanceMatrix) {
        self.file = file
        self.matrix = matrix
    }

    mutating func read() throws {
        guard let count = file.integer(Int32.self, at: 0), count > 0, count <= 1_000_000 else {
            throw matrix.defect(nil, "found neither GGUF nor a count of entries", "an importance matrix")
        }
        place = 4
        for index in 0..<count { try readEntry(index) }
        guard let chunks = try? number("chunks") else { return }
        matrix.chunkCount = chunks
        if let dataset = try? text("dataset") { matrix.datasets = [dataset] }
    }

    private mutating func readEntry(_ index: Int32) throws {
        let name = try text("entry \(index)")
        let calls = try number(name)
        let values = try number(name)
        guard file.contains(offset: place, count: UInt64(values) * 4) else {
            throw matrix.defect(name, "found the end of the file", "\(values) numbers")
        }
        let range = Int(place)..<Int(place) + 4 * values
        let sums = file.withBytes(in: range) { bytes in
            (0..<values).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
        place += UInt64(values) * 4
        // Calls were chunks: as rows they can be added to what is counted in rows.
        let scale = Float(matrix.chunkLength)
        try matrix.add(name, .init(sums: sums.map { $0 * scale }, counts: [Float(max(calls, 1)) * scale]))
    }

    private mutating func text(_ field: String) throws -> String {
        let length = try number(field)
        guard length <= 1024, file.contains(offset: place, count: UInt64(length)) else {
            throw matrix.defect(field, "found a name of \(length) bytes", "at most 1024, in the file")
        }
        let range = Int(place)..<Int(place) + length
        guard let text = file.withBytes(in: range, { String(validating: $0, as: UTF8.self) }), !text.isEmpty else {
            throw matrix.defect(field, "found a name that is no text", "a tensor's name")
        }
        place += UInt64(length)
        return text
    }

    private mutating func number(_ field: String) throws -> Int {
        guard let number = file.integer(Int32.self, at: place), number >= 0 else {
            throw matrix.defect(field, "found no count", "a number that is not negative")
        }
        place += 4
        return Int(number)
    }
}
