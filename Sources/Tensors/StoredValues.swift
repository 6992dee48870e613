/// Values that are kept in fewer bits than they are computed with, such as the moments of an optimizer.
extension Tensor {
    /// Zeros in memory of their own, stored as `type`.
    /// - Precondition: plain numbers, not blocks.
    package init(zeros shape: Shape, type: ElementType = .f32) {
        precondition(type.valuesPerBlock == 1, "zeros of plain numbers")
        let storage = Storage(byteCount: shape.count * type.bytesPerBlock)
        // Safe: `init` made this many bytes, and nobody else knows them yet. A number of zero bits is 0 in every plain type.
        storage.base.initializeMemory(as: UInt8.self, repeating: 0, count: storage.byteCount)
        guard let zeros = Tensor(storage: storage, byteOffset: 0, elementType: type, shape: shape) else {
            preconditionFailure("the storage is as large as its values")
        }
        self = zeros
    }

    /// Calls `body` with the bytes of all values as they are stored.
    package func withStoredBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        // Safe: `init` checked that these bytes lie inside the storage.
        try body(UnsafeRawBufferPointer(start: bytes, count: byteCount))
    }

    /// Takes the values of `other`, bit by bit.
    /// - Precondition: the same shape and element type; memory of the program's own.
    package func copyBytes(of other: Tensor) {
        precondition(other.shape == shape && other.elementType == elementType && !storage.isMapped)
        // Safe: both have `byteCount` bytes from their offsets on, as `init` checked.
        (storage.base + byteOffset).copyMemory(from: other.bytes, byteCount: byteCount)
    }

    /// Takes the values of `values`, rounded to nearest, ties to even.
    /// - Precondition: as many; memory of the program's own; an element type that is written without a search.
    package func store(_ values: Tensor) {
        precondition(values.shape.count == shape.count && !storage.isMapped && elementType.valuesPerBlock == 1)
        // Safe: `byteCount` bytes from the offset on are this tensor's, which `init` checked.
        values.withFloats { encodeValues($0, elementType, to: storage.base + byteOffset) }
    }

    /// Values `range`, counted row by row, as [n, 1]: a view, no copy.
    package func run(_ range: Range<Int>) -> Tensor { reshaped([shape.count, 1]).slice(range) }
}
