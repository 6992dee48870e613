import Checkpoints
import Files
import Tensors

/// How much the columns of a model's matrices matter: mean squares of what is multiplied with them, for each expert of a
/// mixture on its own.
///
/// Read from llama.cpp's files in both their forms: GGUF with sums and counts, and the older one with means.
package struct ImportanceMatrix: Sendable {
    /// The file.
    package let path: String
    /// Numbers by the names of the tensors, those of experts one after another.
    private var entries: [String: [Float]] = [:]
    /// Experts that no token was sent to, by the names of the tensors; all their columns count alike.
    package private(set) var unseenExperts: [String: [Int]] = [:]
    /// What the file's bytes add up to.
    let fingerprint: UInt64

    /// How many tensors the file speaks of.
    package var count: Int { entries.count }

    /// - Throws: `InputError` if there is no such file, or it is broken.
    package init(path: String) throws { try self.init(try MappedFile(path: path)) }

    /// The matrix in a file that is mapped already.
    init(_ file: MappedFile) throws {
        var sum = ByteSum()
        file.withBytes(in: 0..<file.byteCount) { sum.add($0) }
        path = file.path
        fingerprint = sum.value
        if let checkpoint = try openGGUF(file) {
            try read(checkpoint)
        } else {
            try read(file)
        }
        guard !entries.isEmpty else { throw defect(nil, "found no tensors", "importance of some") }
    }

    /// Numbers for the columns of a tensor, of each of its parts where it has three dimensions; `nil` if the file has none.
    /// - Throws: `InputError` if there are more or fewer of them than the tensor has columns.
    package func importance(of name: String, _ shape: Shape) throws -> [Float]? {
        guard let found = entries[name] else { return nil }
        let expected = shape.width * (shape.rank == 3 ? shape[0] : 1)
        guard found.count == expected else {
            throw InputError(
                .wrongShape, source: path, field: name, found: "found importance of \(found.count) columns",
                expected: "\(expected), as the model's tensor has",
                advice: "make the importance matrix with this model")
        }
        return found
    }

    // MARK: Files

    /// Sums of squares in `NAME.in_sum2`, and how many rows they are of, for each expert, in `NAME.counts`.
    private mutating func read(_ checkpoint: any Checkpoint) throws {
        let suffix = ".in_sum2"
        for entry in checkpoint.tensors where entry.name.hasSuffix(suffix) {
            let name = String(entry.name.dropLast(suffix.count))
            guard let counts = checkpoint.entry(named: name + ".counts")?.tensor, counts.elementType == .f32,
                entry.tensor.elementType == .f32, counts.shape.count > 0,
                entry.tensor.shape.count % counts.shape.count == 0
            else { throw defect(name, "found sums without counts that go with them", "a count for each expert") }
            try add(name, sums: entry.tensor.floats, counts: counts.floats)
        }
    }

    private mutating func add(_ name: String, sums: [Float], counts: [Float]) throws {
        let columns = sums.count / counts.count
        var means = sums
        for (expert, count) in counts.enumerated() {
            guard count >= 0, count.isFinite else {
                throw defect(name, "found a count of \(count)", "a number of rows")
            }
            if count == 0 { unseenExperts[name, default: []].append(expert) }
            for index in expert * columns..<(expert + 1) * columns {
                means[index] = count == 0 ? 1 : means[index] / count
            }
        }
        try add(name, means)
    }

    /// A count of entries; of each the length of a name, the name, a number of calls, a number of values, and the means of
    /// squares times that number of calls.
    private mutating func read(_ file: MappedFile) throws {
        var place: UInt64 = 4
        guard let count = file.integer(Int32.self, at: 0), count > 0, count <= 1_000_000 else {
            throw defect(nil, "found neither GGUF nor a count of entries", "an importance matrix")
        }
        for index in 0..<count {
            let name = try name(file, &place, index)
            let calls = try number(file, &place, name)
            let values = try number(file, &place, name)
            guard file.contains(offset: place, count: UInt64(values) * 4) else {
                throw defect(name, "found the end of the file", "\(values) numbers")
            }
            let range = Int(place)..<Int(place) + 4 * values
            let sums = file.withBytes(in: range) { bytes in
                (0..<values).map {
                    Float(
                        bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
                }
            }
            place += UInt64(values) * 4
            try add(name, calls > 0 ? sums.map { $0 / Float(calls) } : sums)
        }
    }

    private func name(_ file: MappedFile, _ place: inout UInt64, _ index: Int32) throws -> String {
        let length = try number(file, &place, "entry \(index)")
        guard length <= 1024, file.contains(offset: place, count: UInt64(length)) else {
            throw defect("entry \(index)", "found a name of \(length) bytes", "at most 1024, in the file")
        }
        let range = Int(place)..<Int(place) + length
        place += UInt64(length)
        guard let name = file.withBytes(in: range, { String(validating: $0, as: UTF8.self) }), !name.isEmpty else {
            throw defect("entry \(index)", "found a name that is no text", "a tensor's name")
        }
        return name
    }

    private func number(_ file: MappedFile, _ place: inout UInt64, _ field: String) throws -> Int {
        guard let number = file.integer(Int32.self, at: place), number >= 0 else {
            throw defect(field, "found no count", "a number that is not negative")
        }
        place += 4
        return Int(number)
    }

    private mutating func add(_ name: String, _ values: [Float]) throws {
        guard entries[name] == nil else { throw defect(name, "found the tensor a second time", "every tensor once") }
        guard !values.isEmpty, values.allSatisfy({ $0 >= 0 && $0 < .infinity }) else {
            throw defect(name, "found numbers that are negative, infinite or none", "mean squares")
        }
        entries[name] = values
    }

    private func defect(_ field: String?, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: path, field: field, found: found, expected: expected,
            advice: "make the importance matrix again")
    }
}
