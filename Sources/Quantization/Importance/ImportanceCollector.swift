import Models
import Synchronization
import Tensors

/// Sums up what a decoder's weights are multiplied with, while it runs.
///
/// Sums of a call are of 32 bits, those over all calls of 64: they do not depend on threads, and long texts do not lose what
/// is small.
final class ImportanceCollector: Sendable {
    /// Where in the sums a weight's columns are.
    private struct Place {
        let entry: Int
        let part: Int
    }

    private struct Sums {
        let columns: Int
        var squares: [Double]
        /// Of each expert; one number for all other tensors.
        var rows: [Int]

        init(_ weight: NamedWeight) {
            columns = weight.inputs
            squares = Array(repeating: 0, count: columns * weight.parts)
            rows = Array(repeating: 0, count: weight.isExpert ? weight.parts : 1)
        }

        mutating func add(_ added: [Float], rows count: Int, part: Int) {
            for (column, square) in added.enumerated() { squares[part * columns + column] += Double(square) }
            // All heads of a tensor see the same rows.
            if rows.indices.contains(part) { rows[part] += count }
        }
    }

    private let names: [String]
    private let places: [Weight.Identity: Place]
    private let sums: Mutex<[Sums]>
    private let pool: ThreadPool

    /// - Parameter weights: those that are looked at. They have to live as long as the collector.
    init(_ weights: [NamedWeight], pool: ThreadPool) {
        var (names, places, sums) = ([String](), [Weight.Identity: Place](), [Sums]())
        for weight in weights {
            if weight.part == 0 {
                names.append(weight.name)
                sums.append(Sums(weight))
            }
            // Of weights that stand for one another the first is meant: a head that prediction layers share.
            let place = Place(entry: names.count - 1, part: weight.part)
            places[weight.weight.identity] = places[weight.weight.identity] ?? place
        }
        self.names = names
        self.places = places
        self.sums = Mutex(sums)
        self.pool = pool
    }

    /// Products of experts, each with rows of its own, are counted each; those of heads, which all have every row, once.
    func observe(_ products: [ObservedProduct]) {
        let known = products.filter { product in product.weights.contains { places[$0.identity] != nil } }
        let squares = ObservedProduct.columnSquares(of: known, pool: pool)
        sums.withLock { sums in
            for (product, squares) in zip(known, squares) {
                for weight in product.weights {
                    guard let place = places[weight.identity] else { continue }
                    sums[place.entry].add(squares, rows: product.rows.count, part: place.part)
                }
            }
        }
    }

    /// What was seen so far of every tensor that was multiplied with anything.
    var entries: [(name: String, entry: ImportanceMatrix.Entry)] {
        sums.withLock { sums in
            zip(names, sums).filter { $1.rows.contains { $0 > 0 } }.map { name, sums in
                (name, .init(sums: sums.squares.map { Float($0) }, counts: sums.rows.map { Float($0) }))
            }
        }
    }
}
