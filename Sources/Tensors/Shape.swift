/// The extents of a tensor, outermost first; rows lie one after another in memory.
///
/// Held inline (at most four dimensions, which is what checkpoints have), so that a shape costs no allocation.
public struct Shape: Sendable, Hashable {
    /// The most dimensions that a shape has.
    public static let maximumRank = 4

    private var extents: SIMD4<Int>
    /// Number of dimensions.
    public let rank: Int

    /// - Returns: `nil` for more than four dimensions, a negative extent, or a product that does not fit an `Int`.
    public init?(checking extents: [Int]) {
        guard extents.count <= Shape.maximumRank else { return nil }
        var product = 1
        self.extents = SIMD4(repeating: 1)
        for (axis, extent) in extents.enumerated() {
            guard extent >= 0 else { return nil }
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            product = next
            self.extents[axis] = extent
        }
        self.rank = extents.count
    }

    /// - Precondition: as for `init(checking:)`, for shapes of the program's own making.
    public init(_ extents: Int...) {
        precondition(extents.count <= Shape.maximumRank && extents.allSatisfy { $0 >= 0 }, "not a shape")
        self.extents = SIMD4(repeating: 1)
        self.rank = extents.count
        for (axis, extent) in extents.enumerated() { self.extents[axis] = extent }
    }

    /// The extent of an axis, counted from the outermost.
    public subscript(axis: Int) -> Int {
        precondition(axis >= 0 && axis < rank, "no such axis")
        return extents[axis]
    }

    /// Number of values.
    public var count: Int { extents[0] * extents[1] * extents[2] * extents[3] }

    /// Extent of the last axis; 1 for a scalar.
    public var width: Int { rank == 0 ? 1 : extents[rank - 1] }

    /// Number of rows: the product of all axes but the last.
    public var rows: Int { (0..<max(rank - 1, 0)).reduce(1) { $0 * extents[$1] } }

    /// The extents, outermost first.
    public var array: [Int] { (0..<rank).map { extents[$0] } }
}

extension Shape: ExpressibleByArrayLiteral {
    /// A shape of the program's own making.
    public init(arrayLiteral extents: Int...) {
        guard let shape = Shape(checking: extents) else { preconditionFailure("not a shape") }
        self = shape
    }
}

extension Shape: CustomStringConvertible {
    /// "[2 × 3]".
    public var description: String { "[" + array.map(String.init).joined(separator: " × ") + "]" }
}
