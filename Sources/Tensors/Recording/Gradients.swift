/// Derivatives of one number by everything that it was computed from.
///
/// The gradient of a storage lies in another of the same size, value beside value: so whatever is a view of activations or
/// parameters (a slice, another shape, the rows of a page, a head of a matrix) has as its gradient the same view there.
package final class Gradients {
    private struct Entry {
        /// Kept, so that no other storage takes its identity.
        let storage: Storage
        let gradient: Storage
    }

    private var entries: [ObjectIdentifier: Entry] = [:]

    package init() {}

    /// The gradient of `tensor`, to be read and added to: zeros if nothing was added yet.
    /// - Precondition: `f32` memory of the program's own.
    package subscript(tensor: Tensor) -> Tensor {
        precondition(tensor.isOwnMemory, "only f32 memory of our own has a gradient")
        let key = ObjectIdentifier(tensor.storage)
        let entry = entries[key] ?? Entry(storage: tensor.storage, gradient: Storage(zeros: tensor.storage.byteCount))
        entries[key] = entry
        return tensor.beside(entry.gradient)
    }

    /// The gradient of `tensor`, or `nil` if nothing was added to any part of its storage.
    package func known(_ tensor: Tensor) -> Tensor? {
        entries[ObjectIdentifier(tensor.storage)].map { tensor.beside($0.gradient) }
    }

    /// Forgets what belongs to the storage of `tensor`, which nothing will ask for any more.
    func forget(_ tensor: Tensor) { entries[ObjectIdentifier(tensor.storage)] = nil }
}

extension Storage {
    fileprivate convenience init(zeros byteCount: Int) {
        self.init(byteCount: byteCount)
        // Safe: `init` made this many bytes, and nobody else knows them yet.
        base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }
}

extension Tensor {
    /// The same view of another storage of the same size.
    fileprivate func beside(_ other: Storage) -> Tensor {
        guard let view = Tensor(storage: other, byteOffset: byteOffset, elementType: .f32, shape: shape) else {
            preconditionFailure("a gradient is as large as what it is of")
        }
        return view
    }

    /// Whether the values are `f32` in memory of the program's own: activations, and parameters that may change.
    package var isOwnMemory: Bool { elementType == .f32 && !storage.isMapped }

    /// Adds `factor` times the values of `other`, which has as many.
    func accumulate(_ other: Tensor, by factor: Float = 1) {
        precondition(other.shape.count == shape.count)
        other.withFloats { added in
            withMutableFloats { sum in
                for index in sum.indices { sum[index] += factor * added[index] }
            }
        }
    }

    /// Rows as columns: [n, m] → [m, n]; the axes before the last count as one.
    package func transposed() -> Tensor {
        let (rows, columns) = (shape.rows, shape.width)
        let result = Tensor(uninitialized: [columns, rows])
        let block = 32
        withFloats { values in
            result.withMutableFloats { output in
                for first in stride(from: 0, to: rows, by: block) {
                    for start in stride(from: 0, to: columns, by: block) {
                        for row in first..<min(first + block, rows) {
                            for column in start..<min(start + block, columns) {
                                output[column * rows + row] = values[row * columns + column]
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}
