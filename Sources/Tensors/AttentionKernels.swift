import CKernels

/// The loops of attention over one tile of rows, in the same form as the program's other kernels.
///
/// Every form gives the same bits.
struct AttentionKernels: Sendable {
    /// Rows that are looked at together: rows 0 ..< 64, 64 ..< 128, … of a sequence.
    static let tileRows = Int(ISOBATH_ATTENTION_TILE)
    /// Keys that stand side by side in a packed tile.
    static let panel = Int(ISOBATH_ATTENTION_PANEL)

    /// The fastest form that this processor can run.
    static let fastest = AttentionKernels(FloatKernels.fastest.form)

    let table: isobath_attention_kernels

    init(_ form: FloatKernels.Form) {
        let table =
            switch form {
            case .scalar: isobath_attention_kernels_scalar()
            case .avx2: isobath_attention_kernels_avx2()
            case .avx512: isobath_attention_kernels_avx512()
            case .neon: isobath_attention_kernels_neon()
            }
        guard let table = table ?? isobath_attention_kernels_scalar() else {
            preconditionFailure("the scalar form always exists")
        }
        self.table = table.pointee
    }
}

// Safe, all of them: the kernels touch what their header says and nothing else; the callers, all in this module, hold
// buffers of those sizes.
extension AttentionKernels {
    /// Decodes the first `count` values of `rows` rows that lie `rowBytes` apart.
    func decode(
        _ source: UnsafeRawPointer, _ type: ElementType, rowBytes: Int, rows: Int,
        into target: UnsafeMutablePointer<Float>, count: Int
    ) {
        let bytes = source.assumingMemoryBound(to: UInt8.self)
        switch type {
        case .f16: table.decode_f16(bytes, rowBytes, rows, target, count, count)
        case .bf16: table.decode_bf16(bytes, rowBytes, rows, target, count, count)
        case .q8_0: table.decode_q8_0(bytes, rowBytes, rows, target, count, count)
        default:
            for row in 0..<rows {
                let values = UnsafeMutableBufferPointer(start: target + row * count, count: count)
                decodeValues(source + row * rowBytes, type, into: values)
            }
        }
    }

    /// Turns the first `width` values of `count` rows into panels of 16 columns, the last one filled up with the last row.
    func pack(_ rows: TileRows, count: Int, width: Int, into packed: UnsafeMutablePointer<Float>) {
        table.pack(rows.base, rows.stride, count, width, packed)
    }

    /// `scores` [m, 64] += `queries` [m, k] · packed keys [k, count], in the order of k.
    ///
    /// Columns that fill up the last panel get what the last key gives.
    func score(
        _ queries: UnsafePointer<Float>, _ packed: UnsafePointer<Float>, m: Int, count: Int, k: Int,
        into scores: UnsafeMutablePointer<Float>, meanwhile: isobath_rows_ahead? = nil
    ) {
        let panel = AttentionKernels.panel
        let columns = (count + panel - 1) / panel * panel
        asking(for: meanwhile) {
            table.multiply(queries, k, packed, panel, panel * k, scores, AttentionKernels.tileRows, m, columns, k, $0)
        }
    }

    /// `sums` [m, width] += `weights` [m, rows of a tile] · rows `rows` of `values`, in the order of the rows.
    func mix(
        _ weights: UnsafePointer<Float>, _ values: TileRows, rows: Range<Int>, m: Int, width: Int,
        into sums: UnsafeMutablePointer<Float>, meanwhile: isobath_rows_ahead? = nil
    ) {
        asking(for: meanwhile) {
            table.multiply(
                weights + rows.lowerBound, AttentionKernels.tileRows, values.base + rows.lowerBound * values.stride,
                values.stride, AttentionKernels.panel, sums, width, m, width, rows.count, $0)
        }
    }

    private func asking(for ahead: isobath_rows_ahead?, _ body: (UnsafePointer<isobath_rows_ahead>?) -> Void) {
        guard var ahead else { return body(nil) }
        body(&ahead)
    }

    /// Turns the first `counts[lane]` of each lane's 64 scores into weights, and the rest into zeros.
    ///
    /// `factors` gets, for each lane, what brings earlier sums to its new `largest`.
    func soften(
        _ scores: UnsafeMutablePointer<Float>, counts: UnsafePointer<Int>, lanes: Range<Int>, scale: Float,
        _ sums: WeightedSums, factors: UnsafeMutablePointer<Float>
    ) {
        table.soften(
            scores, counts, lanes.count, scale, sums.largest + lanes.lowerBound, sums.total + lanes.lowerBound, factors)
    }

    /// Joins lane `lane` of `later`, from later rows, with that of `sums`.
    func merge(_ later: WeightedSums, into sums: WeightedSums, lane: Int) {
        let width = sums.width
        table.merge(
            sums.values + lane * width, sums.largest + lane, sums.total + lane, later.values + lane * width,
            later.largest[lane], later.total[lane], width)
    }

    /// e^x of each value; `values.count` is a multiple of 16.
    func exponentials(_ values: UnsafeMutableBufferPointer<Float>) {
        precondition(values.count % 16 == 0)
        guard let start = values.baseAddress else { return }
        table.exponentials(start, start, values.count)
    }

    /// `output[i]` = SiLU(`gates[i]`) · `ups[i]`; `output` may be one of the two.
    func gate(
        _ gates: UnsafePointer<Float>, _ ups: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>,
        count: Int
    ) {
        table.gate(gates, ups, output, count)
    }
}

/// f32 rows of one tile: the first value of the first row, and floats from one row to the next.
struct TileRows {
    let base: UnsafePointer<Float>
    let stride: Int
}

/// What attention has gathered so far, lane for lane: Σ weight · value, and the state of a running softmax.
struct WeightedSums {
    /// [lanes, width].
    let values: UnsafeMutablePointer<Float>
    /// The score that weights are relative to: a weight is e^(score − largest).
    let largest: UnsafeMutablePointer<Float>
    /// Σ weight.
    let total: UnsafeMutablePointer<Float>
    let width: Int

    /// Floats that `lanes` lanes take.
    static func size(lanes: Int, width: Int) -> Int { lanes * (width + 2) }

    /// In memory of `size(lanes:width:)` floats, not initialized.
    init(_ memory: UnsafeMutablePointer<Float>, lanes: Int, width: Int) {
        values = memory
        largest = memory + lanes * width
        total = largest + lanes
        self.width = width
    }

    /// Nothing gathered yet.
    func clear(_ lanes: Range<Int>) {
        (values + lanes.lowerBound * width).update(repeating: 0, count: lanes.count * width)
        (largest + lanes.lowerBound).update(repeating: -.infinity, count: lanes.count)
        (total + lanes.lowerBound).update(repeating: 0, count: lanes.count)
    }

    func scale(_ lane: Int, by factor: Float) {
        let row = values + lane * width
        for i in 0..<width { row[i] *= factor }
    }
}
