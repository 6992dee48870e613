import CKernels

// Rows that both sides of a product round to 8 bits, a scale for at most 128 values.

/// The loops over such rows, in the same form as the program's other kernels. Every form gives the same bits.
struct RoundedKernels: Sendable {
    let table: isobath_rounded_kernels

    init(_ form: FloatKernels.Form) {
        let table =
            switch form {
            case .scalar: isobath_rounded_kernels_scalar()
            case .avx2: isobath_rounded_kernels_avx2()
            case .avx512: isobath_rounded_kernels_avx512() ?? isobath_rounded_kernels_avx2()
            case .neon: isobath_rounded_kernels_neon()
            }
        guard let table = table ?? isobath_rounded_kernels_scalar() else {
            preconditionFailure("the scalar form always exists")
        }
        self.table = table.pointee
    }

    /// Whether `round` takes rows of `type`.
    static func canRound(_ type: ElementType) -> Bool { [.q8_0, .f16, .bf16].contains(type) }

    /// Makes numbers with one scale for 128 values of `count` rows of a cache, at most 64; `scales` gets 64 for each group.
    func round(
        _ rows: UnsafeRawPointer, _ type: ElementType, rowBytes: Int, count: Int, width: Int,
        into numbers: UnsafeMutablePointer<Int8>, scales: UnsafeMutablePointer<Float>
    ) {
        let bytes = rows.assumingMemoryBound(to: UInt8.self)
        switch type {
        case .q8_0: table.regroup_rows(bytes, rowBytes, count, width, numbers, scales)
        case .f16: table.round_halves(bytes, 0, rowBytes, count, width, numbers, scales)
        case .bf16: table.round_halves(bytes, 1, rowBytes, count, width, numbers, scales)
        default: preconditionFailure("rows that can be rounded")
        }
    }
}

/// Which values of a row share a scale: at most 128 beside each other, and never those of its two parts.
struct RoundedGroups: Sendable {
    private let first: Int
    private let second: Int
    private let most: Int

    /// - Parameter most: values that share a scale, a multiple of `step`.
    /// - Precondition: the width of each part is a multiple of `step`.
    init(_ first: Int, _ second: Int = 0, most: Int = RoundedGroups.most) {
        precondition(most % RoundedGroups.step == 0 && 0 < most && most <= RoundedGroups.most)
        precondition(first % RoundedGroups.step == 0 && second % RoundedGroups.step == 0)
        (self.first, self.second, self.most) = (first, second, most)
    }

    static let step = 32
    static let most = Int(ISOBATH_ROUNDED_GROUP)

    private var countOfFirst: Int { (first + most - 1) / most }
    var count: Int { countOfFirst + (second + most - 1) / most }
    var width: Int { first + second }

    /// The values of group `index`.
    subscript(index: Int) -> Range<Int> {
        let isFirst = index < countOfFirst
        let start = isFirst ? index * most : first + (index - countOfFirst) * most
        return start..<min(start + most, isFirst ? first : width)
    }
}

/// Rounded rows in memory that the caller lends: numbers row after row, then scales and starts, group after group.
struct RoundedRows {
    let groups: RoundedGroups
    let rows: Int
    let kernels: RoundedKernels
    private let values: UnsafeMutablePointer<Int8>
    private let scales: UnsafeMutablePointer<Float>
    private let starts: UnsafeMutablePointer<Int32>

    /// Bytes of `rows` rows; a multiple of 64.
    static func byteCount(_ groups: RoundedGroups, rows: Int) -> Int {
        (rows * (groups.width + 8 * groups.count) + 63) / 64 * 64
    }

    /// - Precondition: `memory` has `byteCount` bytes, aligned to 4.
    init(_ groups: RoundedGroups, rows: Int, _ kernels: RoundedKernels, memory: UnsafeMutableRawPointer) {
        // Safe: the parts are as large as `byteCount` counted, and widths are multiples of 32.
        (self.groups, self.rows, self.kernels) = (groups, rows, kernels)
        values = memory.assumingMemoryBound(to: Int8.self)
        scales = (memory + rows * groups.width).assumingMemoryBound(to: Float.self)
        starts = (memory + rows * (groups.width + 4 * groups.count)).assumingMemoryBound(to: Int32.self)
    }

    /// Rounds `count` rows of floats, `stride` values apart, into rows from `first` on.
    func round(_ source: UnsafePointer<Float>, stride: Int, count: Int, first: Int = 0) {
        precondition(first + count <= rows)
        for group in 0..<groups.count {
            let range = groups[group]
            let place = group * rows + first
            kernels.table.round_rows(
                source + range.lowerBound, stride, count, range.count, values + first * groups.width + range.lowerBound,
                groups.width, scales + place, starts + place)
        }
    }

    /// Makes rows `range`, at most 64, a tile.
    func turn(_ range: Range<Int>, into tile: RoundedTile) {
        precondition(range.count <= RoundedTile.rows && range.upperBound <= rows)
        for group in 0..<groups.count {
            let part = groups[group]
            kernels.table.turn_rows(
                values + range.lowerBound * groups.width + part.lowerBound, groups.width, range.count, part.count,
                tile.bytes(from: part.lowerBound))
            let target = tile.scales(ofGroup: group)
            for row in 0..<RoundedTile.rows {
                target[row] = row < range.count ? scales[group * rows + range.lowerBound + row] : 0
            }
        }
    }

    /// `output` [range, 64] = products of rows `range` with those of `tile`, whose groups are those from `firstGroup`
    /// on; if `continues`, they are added.
    func multiply(
        _ range: Range<Int>, _ tile: RoundedTile, firstGroup: Int = 0, continues: Bool = false,
        into output: UnsafeMutablePointer<Float>, stride: Int
    ) {
        precondition(range.upperBound <= rows && firstGroup + tile.groups.count <= groups.count)
        for group in 0..<tile.groups.count {
            let part = tile.groups[group]
            let own = groups[firstGroup + group]
            let place = (firstGroup + group) * rows + range.lowerBound
            kernels.table.multiply(
                values + range.lowerBound * groups.width + own.lowerBound, groups.width, scales + place, starts + place,
                range.count, tile.bytes(from: part.lowerBound), tile.scales(ofGroup: group), part.count,
                continues || group > 0 ? 1 : 0, output, stride)
        }
    }
}

/// Sixty-four rounded rows as products want them on their other side, in memory that the caller lends.
struct RoundedTile {
    static let rows = AttentionKernels.tileRows

    /// Tiles that `rows` rows take.
    static func count(rows: Int) -> Int { (rows + RoundedTile.rows - 1) / RoundedTile.rows }

    let groups: RoundedGroups
    private let memory: UnsafeMutableRawPointer

    /// A multiple of 64.
    static func byteCount(_ groups: RoundedGroups) -> Int { rows * (groups.width + 4 * groups.count) }

    /// - Precondition: `memory` has `byteCount` bytes, aligned to 64.
    init(_ groups: RoundedGroups, memory: UnsafeMutableRawPointer) { (self.groups, self.memory) = (groups, memory) }

    // Safe, both: the parts are as large as `byteCount` counted; each starts at a multiple of 64.
    func bytes(from value: Int) -> UnsafeMutablePointer<UInt8> {
        (memory + RoundedTile.rows * value).assumingMemoryBound(to: UInt8.self)
    }

    func scales(ofGroup group: Int) -> UnsafeMutablePointer<Float> {
        (memory + RoundedTile.rows * (groups.width + 4 * group)).assumingMemoryBound(to: Float.self)
    }

    /// Rounds rows that stand turned at `columns`: value i of row j at 64 · i + j.
    func round(columns: UnsafePointer<Float>, _ kernels: RoundedKernels) {
        for group in 0..<groups.count {
            let part = groups[group]
            kernels.table.round_columns(
                columns + RoundedTile.rows * part.lowerBound, part.count, bytes(from: part.lowerBound),
                scales(ofGroup: group))
        }
    }
}
