import CKernels

extension ElementType {
    /// The kernels' name of a type that holds real numbers; `nil` for integers.
    var kernelType: isobath_element_type? {
        switch self {
        case .f64: ISOBATH_F64
        case .f32: ISOBATH_F32
        case .f16: ISOBATH_F16
        case .bf16: ISOBATH_BF16
        case .f8e4m3: ISOBATH_F8E4M3
        case .i64, .i32, .i16, .i8, .u8, .boolean: nil
        case .q4_0: ISOBATH_Q4_0
        case .q4_1: ISOBATH_Q4_1
        case .q5_0: ISOBATH_Q5_0
        case .q5_1: ISOBATH_Q5_1
        case .q8_0: ISOBATH_Q8_0
        case .q2_k: ISOBATH_Q2_K
        case .q3_k: ISOBATH_Q3_K
        case .q4_k: ISOBATH_Q4_K
        case .q5_k: ISOBATH_Q5_K
        case .q6_k: ISOBATH_Q6_K
        case .iq1_s: ISOBATH_IQ1_S
        case .iq1_m: ISOBATH_IQ1_M
        case .iq2_xxs: ISOBATH_IQ2_XXS
        case .iq2_xs: ISOBATH_IQ2_XS
        case .iq2_s: ISOBATH_IQ2_S
        case .iq3_xxs: ISOBATH_IQ3_XXS
        case .iq3_s: ISOBATH_IQ3_S
        case .iq4_nl: ISOBATH_IQ4_NL
        case .iq4_xs: ISOBATH_IQ4_XS
        }
    }
}

/// Decodes a row of `target.count` values to f32, bit for bit as the format's reference implementation.
///
/// - Precondition: `source` has the bytes of that many values, a whole number of blocks, of a real type.
func decodeValues(
    _ source: UnsafeRawPointer, _ type: ElementType, into target: UnsafeMutableBufferPointer<Float>
) {
    guard let kernelType = type.kernelType else { preconditionFailure("\(type.rawValue) values are no real numbers") }
    precondition(target.count % type.valuesPerBlock == 0, "a row is a whole number of blocks")
    guard let start = target.baseAddress else { return }
    // Safe: the kernel reads only the bytes of `count` values and writes `count` floats; the caller vouches for the first.
    isobath_decode_row(kernelType, source, start, target.count)
}

extension Weight {
    /// Row `row` in f32: `columns` values, FP8 ones multiplied by the scales of their blocks, with what an adapter adds.
    package func decodeRow(_ row: Int, into target: UnsafeMutableBufferPointer<Float>) {
        precondition(row >= 0 && row < rows && target.count == columns, "a row of this weight, and room for it")
        // Safe: Tensor.init checked that all its rows lie inside the storage.
        decodeValues(tensor.bytes + row * tensor.rowBytes, elementType, into: target)
        scales?.multiply(target, ofRow: row)
        term?.add(toRow: row, target)
    }

    /// All rows in f32, in memory of their own.
    package func decoded() -> Tensor {
        let result = Tensor(uninitialized: [rows, columns])
        result.withMutableFloats { output in
            for index in 0..<rows {
                decodeRow(
                    index, into: UnsafeMutableBufferPointer(rebasing: output[index * columns..<(index + 1) * columns]))
            }
        }
        return result
    }

    /// Row `index`, decoded to f32.
    package func row(_ index: Int) -> [Float] {
        Array(unsafeUninitializedCapacity: columns) { buffer, count in
            decodeRow(index, into: UnsafeMutableBufferPointer(rebasing: buffer[..<columns]))
            count = columns
        }
    }
}

extension BlockScales {
    /// Multiplies the codes of row `row` of the weight, which may be a slice of the whole matrix.
    func multiply(_ values: UnsafeMutableBufferPointer<Float>, ofRow row: Int) {
        let blocks = tensor.shape[1]
        let blockRow = (firstRow + row) / BlockScales.blockExtent
        precondition(blockRow < tensor.shape[0], "a scale for every block of a column")
        precondition(values.count <= blocks * BlockScales.blockExtent, "a scale for every block of a row")
        let first = blockRow * blocks
        tensor.withFloats { factors in
            for block in 0..<blocks {
                let factor = factors[first + block]
                let start = block * BlockScales.blockExtent
                let end = min(start + BlockScales.blockExtent, values.count)
                for column in start..<max(start, end) { values[column] *= factor }
            }
        }
    }
}

extension Tensor {
    /// The values in f32, in memory of their own: for small tensors, such as the weights of norms.
    package func decoded() -> Tensor {
        let result = Tensor(uninitialized: shape)
        // Safe: rows lie one after another and are whole blocks, so that all values are one long row.
        result.withMutableFloats { decodeValues(bytes, elementType, into: $0) }
        return result
    }
}
