import Files

/// A rectangular array of values of one element type, whose rows lie one after another in a storage.
///
/// A value: operations make new tensors and leave their arguments as they are. Copying one copies a reference.
/// Weights look into the mapped checkpoint; activations are always `f32` in memory of their own.
public struct Tensor: Sendable {
    package let storage: Storage
    package let byteOffset: Int
    /// How the values are stored.
    public let elementType: ElementType
    /// The extents, outermost first.
    public let shape: Shape

    /// A view of `storage`; the bounds are checked once, here, so that row access needs no more than its index.
    /// - Returns: `nil` if the rows are no whole blocks or do not lie inside the storage.
    package init?(storage: Storage, byteOffset: Int, elementType: ElementType, shape: Shape) {
        guard let rowBytes = elementType.byteCount(ofRowWithWidth: shape.width), byteOffset >= 0 else { return nil }
        let (bytes, overflow) = rowBytes.multipliedReportingOverflow(by: shape.rows)
        guard !overflow, byteOffset <= storage.byteCount, bytes <= storage.byteCount - byteOffset else { return nil }
        self.storage = storage
        self.byteOffset = byteOffset
        self.elementType = elementType
        self.shape = shape
    }

    /// Fresh `f32` memory, **not initialized**: for operations, which fill every value.
    package init(uninitialized shape: Shape) {
        self.storage = Storage(byteCount: shape.count * 4)
        self.byteOffset = 0
        self.elementType = .f32
        self.shape = shape
    }

    /// An `f32` tensor with these values, row by row.
    /// - Precondition: there are as many values as the shape has places.
    public init(_ values: [Float], shape: Shape) {
        precondition(values.count == shape.count, "\(values.count) values for a shape of \(shape)")
        self.init(uninitialized: shape)
        withMutableFloats { _ = $0.initialize(from: values) }
    }

    package var rowBytes: Int { shape.width / elementType.valuesPerBlock * elementType.bytesPerBlock }

    /// Bytes of all values as stored.
    public var byteCount: Int { rowBytes * shape.rows }

    /// The same values under another shape of the same size.
    package func reshaped(_ shape: Shape) -> Tensor {
        precondition(shape.count == self.shape.count && shape.width % elementType.valuesPerBlock == 0)
        guard let view = Tensor(storage: storage, byteOffset: byteOffset, elementType: elementType, shape: shape)
        else { preconditionFailure("a reshaped tensor covers the same bytes") }
        return view
    }

    /// Entries `range` along the outermost axis: a view, no copy.
    package func slice(_ range: Range<Int>) -> Tensor {
        precondition(shape.rank >= 1 && range.lowerBound >= 0 && range.upperBound <= shape[0], "slice out of bounds")
        var extents = shape.array
        extents[0] = range.count
        let rowsEach = shape[0] == 0 ? 0 : shape.rows / max(shape[0], 1)
        guard shape.rank > 1, let sliced = Shape(checking: extents),
            let view = Tensor(
                storage: storage, byteOffset: byteOffset + range.lowerBound * rowsEach * rowBytes,
                elementType: elementType, shape: sliced)
        else { preconditionFailure("only tensors of two or more dimensions have slices") }
        return view
    }

    /// Entry `index` along the outermost axis, one dimension less: a view, no copy.
    package func entry(_ index: Int) -> Tensor {
        let one = slice(index..<index + 1)
        guard let shape = Shape(checking: Array(shape.array.dropFirst())) else { preconditionFailure("not a shape") }
        return one.reshaped(shape)
    }
}

extension Tensor {
    /// Tells the system that a tensor in a mapped file will be needed soon, whole; nothing for others.
    package func expectSoon() { storage.file?.expectSoon(byteOffset..<byteOffset + byteCount) }

    /// Address of the first byte, valid while the tensor lives; only `Tensors` passes it on, into kernels.
    var bytes: UnsafeRawPointer { UnsafeRawPointer(storage.base + byteOffset) }

    /// Calls `body` with all values of an `f32` tensor.
    package func withFloats<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
        precondition(elementType == .f32, "only f32 tensors are read directly")
        // Safe: `init` checked that count × 4 bytes from byteOffset lie inside the storage; checkpoints are 4-aligned or copied.
        return try body(UnsafeBufferPointer(start: bytes.assumingMemoryBound(to: Float.self), count: shape.count))
    }

    /// Calls `body` with all values of a fresh `f32` tensor, for the operation that fills it.
    package func withMutableFloats<Result>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        precondition(elementType == .f32 && !storage.isMapped, "only f32 memory of our own is written")
        let start = (storage.base + byteOffset).assumingMemoryBound(to: Float.self)
        return try body(UnsafeMutableBufferPointer(start: start, count: shape.count))
    }

    /// All values of an `f32` tensor, row by row.
    public var floats: [Float] { withFloats { Array($0) } }
}
