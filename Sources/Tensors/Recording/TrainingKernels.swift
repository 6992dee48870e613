import CKernels

/// The loops of derivatives and optimizers, in the same form as the program's other kernels.
///
/// Every form gives the same bits.
struct TrainingKernels: Sendable {
    let table: isobath_training_kernels

    init(_ form: FloatKernels.Form) {
        let table =
            switch form {
            case .scalar: isobath_training_kernels_scalar()
            case .avx2: isobath_training_kernels_avx2()
            case .avx512: isobath_training_kernels_avx512()
            case .neon: isobath_training_kernels_neon()
            }
        guard let table = table ?? isobath_training_kernels_scalar() else {
            preconditionFailure("the scalar form always exists")
        }
        self.table = table.pointee
    }
}

// Safe, all of them: the kernels touch what their header says and nothing else; the callers, all in this module, hold
// buffers of those sizes.
extension TrainingKernels {
    /// Copies rows into panels of 16 columns, the last one filled up with zeros.
    func packRows(_ rows: TileRows, count: Int, width: Int, into packed: UnsafeMutablePointer<Float>) {
        table.pack_rows(rows.base, rows.stride, count, width, packed)
    }

    /// The largest of factor · x.
    func largest(_ x: UnsafePointer<Float>, times factor: Float, count: Int) -> Float {
        table.largest(x, factor, count)
    }

    /// y = e^(factor · x − most); `y` may be `x`.
    /// - Returns: their sum.
    func exponentials(
        _ x: UnsafePointer<Float>, times factor: Float, from most: Float, into y: UnsafeMutablePointer<Float>,
        count: Int
    ) -> Double { table.exponentials_from(x, factor, most, y, count) }

    /// Σ x².
    func squares(_ x: UnsafePointer<Float>, count: Int) -> Double { table.squares(x, count) }
}

extension isobath_left {
    /// A left matrix that lies as it was made: element (i, s) is `first[i · stride + s · step]`.
    init(_ first: UnsafePointer<Float>, stride: Int, step: Int = 1) {
        self.init(first: first, stride: stride, step: step, block: Int(ISOBATH_LEFT_ROWS) * stride)
    }
}
