import Files
import Tensors

/// How much the columns of a model's matrices matter: squares of what is multiplied with them, for each expert of a mixture
/// on its own.
///
/// Read and written in both of llama.cpp's forms: GGUF with sums and counts, and the older one with means.
package struct ImportanceMatrix: Sendable {
    /// What is known of one tensor.
    package struct Entry: Sendable, Equatable {
        /// Sums of squares, for each column of each part of the tensor.
        package var sums: [Float]
        /// Over how many rows the sums go: of each expert, or one number for all of the tensor.
        package var counts: [Float]

        /// The columns that share a count.
        var columnsEach: Int { sums.count / counts.count }

        /// Mean squares; 1 in all columns of an expert that no token was sent to, so that they count alike.
        var means: [Float] {
            var means = sums
            for (part, count) in counts.enumerated() {
                for index in part * columnsEach..<(part + 1) * columnsEach {
                    means[index] = count == 0 ? 1 : sums[index] / count
                }
            }
            return means
        }

        /// The same with a count for each of `parts`, where there was one for all.
        func countingEach(of parts: Int) -> Entry {
            counts.count == 1 ? Entry(sums: sums, counts: Array(repeating: counts[0], count: parts)) : self
        }

        /// Experts that no token was sent to.
        package var unseen: [Int] { counts.indices.filter { counts[$0] == 0 } }
    }

    /// The file it was read from, or what it was made of.
    package let path: String
    /// By the names of the tensors in GGUF.
    package private(set) var entries: [String: Entry] = [:]
    /// The texts that it was made with, oldest first.
    package internal(set) var datasets: [String] = []
    /// Tokens in each of the pieces that the texts were cut into.
    package internal(set) var chunkLength = 512
    /// How many pieces there were.
    package internal(set) var chunkCount = 0
    /// What the file's bytes add up to.
    var fingerprint: UInt64 = 0

    /// A matrix that speaks of no tensor yet; `path` names it in errors.
    init(path: String) { self.path = path }

    /// How many tensors the matrix speaks of.
    package var count: Int { entries.count }

    /// Experts that no token was sent to, by the names of the tensors.
    package var unseenExperts: [String: [Int]] { entries.mapValues(\.unseen).filter { !$0.value.isEmpty } }

    /// Numbers for the columns of a tensor, of each of its parts where it has three dimensions; `nil` if there are none.
    /// - Throws: `InputError` if there are more or fewer of them than the tensor has columns.
    package func importance(of name: String, _ shape: Shape) throws -> [Float]? {
        guard let found = entries[name] else { return nil }
        let expected = shape.width * (shape.rank == 3 ? shape[0] : 1)
        guard found.sums.count == expected else {
            throw InputError(
                .wrongShape, source: path, field: name, found: "found importance of \(found.sums.count) columns",
                expected: "\(expected), as the model's tensor has",
                advice: "make the importance matrix with this model")
        }
        return found.means
    }

    /// Adds what is known of a tensor that the matrix does not speak of yet.
    /// - Throws: `InputError` for sums and counts that cannot be such.
    mutating func add(_ name: String, _ entry: Entry) throws {
        guard entries[name] == nil else { throw defect(name, "found the tensor a second time", "every tensor once") }
        guard !entry.sums.isEmpty, entry.sums.allSatisfy({ $0 >= 0 && $0 < .infinity }) else {
            throw defect(name, "found numbers that are negative, infinite or none", "sums of squares")
        }
        guard !entry.counts.isEmpty, entry.sums.count.isMultiple(of: entry.counts.count) else {
            throw defect(name, "found sums without counts that go with them", "a count for each expert")
        }
        if let count = entry.counts.first(where: { !($0 >= 0 && $0 < .infinity) }) {
            throw defect(name, "found a count of \(count)", "a number of rows")
        }
        entries[name] = entry
    }

    /// This matrix and another of the same model as one: as if all their texts had been read in one go.
    /// - Throws: `InputError` if they speak of tensors of different sizes.
    package func adding(_ other: ImportanceMatrix) throws -> ImportanceMatrix {
        var sum = self
        for (name, more) in other.entries {
            guard let own = entries[name] else {
                sum.entries[name] = more
                continue
            }
            // The older form has one count for all experts.
            let (a, b) = (own.countingEach(of: more.counts.count), more.countingEach(of: own.counts.count))
            guard a.sums.count == b.sums.count, a.counts.count == b.counts.count else {
                throw defect(
                    name, "found \(own.sums.count) columns, where \(other.path) has \(more.sums.count)",
                    "matrices of one model")
            }
            sum.entries[name] = Entry(sums: zip(a.sums, b.sums).map(+), counts: zip(a.counts, b.counts).map(+))
        }
        sum.datasets += other.datasets
        sum.chunkCount += other.chunkCount
        return sum
    }

    func defect(_ field: String?, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: path, field: field, found: found, expected: expected,
            advice: "make the importance matrix again")
    }
}
