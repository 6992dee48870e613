/// Derivatives of one number by everything that it was computed from.
///
/// The gradient of a storage lies in another of the same size, value beside value: so whatever is a view of activations or
/// parameters (a slice, another shape, the rows of a page, a head of a matrix) has as its gradient the same view there.
package final class Gradients {
    private struct Entry {
        var gradient: Storage
        /// Whether someone else may look at it, so that it must not change.
        var isBorrowed = false
    }

    private var entries: [UInt64: Entry] = [:]
    /// The storages that were lent.
    private var borrowed: Set<UInt64> = []

    package init() {}

    /// The gradient of `tensor`, to be read and added to: zeros if nothing was added yet.
    /// - Precondition: `f32` memory of the program's own.
    package subscript(tensor: Tensor) -> Tensor { self[tensor.place] }

    /// The gradient of what lies or lay there.
    subscript(place: TensorPlace) -> Tensor {
        var entry = entries[place.storage] ?? Entry(gradient: Storage(zeros: place.storageBytes))
        if entry.isBorrowed {
            let copy = Storage(byteCount: entry.gradient.byteCount)
            copy.copy(from: entry.gradient)
            entry = Entry(gradient: copy)
        }
        entries[place.storage] = entry
        return place.view(of: entry.gradient)
    }

    /// The gradient of `place`, to be added to; if it is new, its values are not set yet, and whoever asked sets them all.
    func sum(_ place: TensorPlace) -> GradientSum {
        guard isNew(place) else { return GradientSum(tensor: self[place], isNew: false) }
        let gradient = Tensor(uninitialized: place.shape)
        entries[place.storage] = Entry(gradient: gradient.storage)
        return GradientSum(tensor: gradient, isNew: true)
    }

    /// The gradient of `tensor`, or `nil` if nothing was added to any part of its storage.
    package func known(_ tensor: Tensor) -> Tensor? { known(tensor.place) }

    func known(_ place: TensorPlace) -> Tensor? { entries[place.storage].map { place.view(of: $0.gradient) } }

    /// Adds `gradient`, which its owner needs no more, to that of `place`: without a copy if it is the first.
    func give(_ gradient: Tensor, to place: TensorPlace, _ loops: DerivativeLoops) {
        let isWhole = place.isWhole && gradient.place.isWhole && !isBorrowed(gradient)
        if entries[place.storage] == nil, isWhole, gradient.storage.byteCount == place.storageBytes {
            entries[place.storage] = Entry(gradient: gradient.storage)
        } else {
            loops.add(gradient, to: self[place])
        }
    }

    /// Adds `gradient`, which stays as it is, to that of `place`: a copy of it if it is the first.
    func add(_ gradient: Tensor, to place: TensorPlace, _ loops: DerivativeLoops) {
        let sum = sum(place)
        if sum.isNew { loops.copy(gradient, to: sum.tensor) } else { loops.add(gradient, to: sum.tensor) }
    }

    /// Whether nothing was added yet to what lies there, alone in its storage.
    func isNew(_ place: TensorPlace) -> Bool { entries[place.storage] == nil && place.isWhole }

    /// Adds `gradient`, which stays as it is, to that of `tensor`.
    func lend(_ gradient: Tensor, to tensor: Tensor) {
        let place = tensor.place
        if entries[place.storage] == nil, place.isWhole, gradient.isOwnMemory, gradient.place.isWhole {
            entries[place.storage] = Entry(gradient: gradient.storage, isBorrowed: true)
            borrowed.insert(gradient.storage.identity)
        } else {
            self[place].accumulate(gradient)
        }
    }

    private func isBorrowed(_ gradient: Tensor) -> Bool { borrowed.contains(gradient.storage.identity) }

    /// Forgets what belongs to `place`, which nothing will ask for any more.
    func forget(_ place: TensorPlace) { entries[place.storage] = nil }
}

/// Where a gradient is added up.
package struct GradientSum {
    package let tensor: Tensor
    /// Whether what lies there counts as 0: then whoever has the sum writes all of it.
    package let isNew: Bool
}

/// Where the values of a tensor lie, without keeping them in memory.
package struct TensorPlace: Sendable {
    let storage: UInt64
    let storageBytes: Int
    let byteOffset: Int
    let shape: Shape

    /// Whether nothing else lies in the same storage.
    var isWhole: Bool { byteOffset == 0 && shape.count * 4 == storageBytes }

    /// The same view of another storage of the same size.
    func view(of other: Storage) -> Tensor {
        guard let view = Tensor(storage: other, byteOffset: byteOffset, elementType: .f32, shape: shape) else {
            preconditionFailure("a gradient is as large as what it is of")
        }
        return view
    }
}

extension Storage {
    fileprivate convenience init(zeros byteCount: Int) {
        self.init(byteCount: byteCount)
        // Large ones come from the system page by page: on several threads.
        ThreadPool.shared.parallel(count: byteCount, grain: 1 << 17) { [base] range in
            // Safe: `init` made this many bytes, and nobody else knows them yet.
            (base + range.lowerBound).initializeMemory(as: UInt8.self, repeating: 0, count: range.count)
        }
    }
}

extension Tensor {
    /// - Precondition: `f32` memory of the program's own.
    var place: TensorPlace {
        precondition(isOwnMemory, "only f32 memory of our own has a gradient")
        return TensorPlace(
            storage: storage.identity, storageBytes: storage.byteCount, byteOffset: byteOffset, shape: shape)
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
}
