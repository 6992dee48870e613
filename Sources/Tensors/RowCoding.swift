extension Weight {
    /// Row `index`, decoded to f32.
    package func row(_ index: Int) -> [Float] {
        precondition(index >= 0 && index < rows, "no such row")
        return Array(unsafeUninitializedCapacity: columns) { buffer, count in
            decodeRow(index, into: UnsafeMutableBufferPointer(rebasing: buffer[..<columns]))
            count = columns
        }
    }
}

// Interim forms of what the kernels provide.
extension Weight {
    package func decodeRow(_ row: Int, into target: UnsafeMutableBufferPointer<Float>) {
        decodeValues(tensor.bytes + row * tensor.rowBytes, elementType, into: target)
        guard let scales else { return }
        scales.tensor.withFloats { factors in
            let first = (scales.firstRow + row) / BlockScales.blockExtent * scales.tensor.shape.width
            for column in target.indices { target[column] *= factors[first + column / BlockScales.blockExtent] }
        }
    }
}

extension Tensor {
    package func decoded() -> Tensor {
        let result = Tensor(uninitialized: shape)
        result.withMutableFloats { output in
            for row in 0..<shape.rows {
                decodeValues(
                    bytes + row * rowBytes, elementType,
                    into: UnsafeMutableBufferPointer(rebasing: output[row * shape.width..<(row + 1) * shape.width]))
            }
        }
        return result
    }
}

func decodeValues(
    _ source: UnsafeRawPointer, _ type: ElementType, into target: UnsafeMutableBufferPointer<Float>
) {
    for index in target.indices {
        switch type {
        case .f32: target[index] = source.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
        case .f16: target[index] = Float(source.loadUnaligned(fromByteOffset: index * 2, as: Float16.self))
        case .bf16:
            let bits = UInt32(source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
            target[index] = Float(bitPattern: bits << 16)
        case .f8e4m3:
            let code = source.load(fromByteOffset: index, as: UInt8.self)
            let (exponent, mantissa) = (Int(code >> 3 & 15), Float(code & 7) / 8)
            let size =
                exponent == 0
                ? mantissa * Float(sign: .plus, exponent: -6, significand: 1)
                : (1 + mantissa) * Float(sign: .plus, exponent: exponent - 7, significand: 1)
            target[index] = code & 0x7F == 0x7F ? .nan : code < 0x80 ? size : -size
        default: preconditionFailure("interim")
        }
    }
}

func encodeValues(_ source: UnsafeBufferPointer<Float>, _ type: ElementType, to target: UnsafeMutableRawPointer) {
    precondition(type == .f32)
    for index in source.indices { target.storeBytes(of: source[index], toByteOffset: index * 4, as: Float.self) }
}
