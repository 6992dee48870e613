import CKernels

// Products down the columns of a quantized matrix in 8 bits: its blocks run the other way, so that the matrix is turned
// and its columns rounded to 8 bits first. That is one more rounding of 1 / 254 of a block's largest value.

extension CPUOperations {
    /// The heads of `weight` turned, each [out, in] in Q8_0; `nil` if these products are to be computed otherwise.
    func turned(_ weight: HeadwiseWeight, width: Int) -> [Weight]? {
        guard arithmetic == .eightBit, width >= leastIntegerWidth,
            integerKernels(of: weight.heads[0]) != nil, weight.inputs % ElementType.q8_0.valuesPerBlock == 0,
            let rowBytes = ElementType.q8_0.byteCount(ofRowWithWidth: weight.inputs)
        else { return nil }
        let headBytes = rowBytes * weight.outputs
        let storage = Storage(byteCount: headBytes * weight.heads.count)
        pool.parallelChunks(count: weight.heads.count) { head in
            turn(weight.heads[head], into: storage.base + head * headBytes, rowBytes: rowBytes)
        }
        return weight.heads.indices.compactMap { head in
            Tensor(
                storage: storage, byteOffset: head * headBytes, elementType: .q8_0,
                shape: Shape(weight.outputs, weight.inputs)
            ).map { Weight($0) }
        }
    }

    private func turn(_ weight: Weight, into target: UnsafeMutableRawPointer, rowBytes: Int) {
        let (inputs, outputs) = (weight.rows, weight.columns)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: (inputs + 1) * outputs) { memory in
            guard let memory = memory.baseAddress else { return }
            let row = UnsafeMutableBufferPointer(start: memory + inputs * outputs, count: outputs)
            for input in 0..<inputs {
                weight.decodeRow(input, into: row)
                for output in 0..<outputs { memory[output * inputs + input] = row[output] }
            }
            for output in 0..<outputs {
                // Safe: `target` has a row of `rowBytes` for each of the outputs.
                isobath_encode_row_q8_0(memory + output * inputs, target + output * rowBytes, inputs)
            }
        }
    }
}
