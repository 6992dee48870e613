import Foundation

@testable import Tensors

/// The FP8 recipe in plain loops and double precision: what the fast form must equal up to the rounding of its sums.
struct PlainEmulation {
    /// A matrix of rows, and how far sums of its products may be off.
    struct Result {
        var values: [Double]
        /// Σ |a·b| of each value.
        var sizes: [Double]
    }

    private static let magnitudes: [Double] = (0..<127).map { code in
        let (exponent, mantissa) = (code >> 3, Double(code & 7))
        return exponent == 0 ? mantissa * pow(2, -9) : (8 + mantissa) * pow(2, Double(exponent - 10))
    }

    /// The nearest number of E4M3; of two as near, the one with the even code.
    static func e4m3(_ value: Float) -> Double {
        let size = Double(abs(value))
        var (low, high) = (0, magnitudes.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if magnitudes[middle] < size { low = middle + 1 } else { high = middle }
        }
        if low > 0 {
            let (below, above) = (size - magnitudes[low - 1], magnitudes[low] - size)
            if below < above || below == above && low % 2 == 1 { low -= 1 }
        }
        return value < 0 ? -magnitudes[low] : magnitudes[low]
    }

    static func scale(_ values: [Float], powerOfTwo: Bool) -> Float {
        let scale = max(values.map(abs).max() ?? 0, 1e-12) / 448
        return powerOfTwo ? Float(pow(2, log2(Double(scale)).rounded(.up))) : scale
    }

    /// The values that codes and scales stand for, when rows are cut into blocks of `rows` × `columns` that share a scale.
    static func quantized(
        _ x: [Float], width: Int, rows: Int, columns: Int, powerOfTwo: Bool = false
    ) -> [Double] {
        let n = x.count / width
        var result = [Double](repeating: 0, count: x.count)
        for top in stride(from: 0, to: n, by: rows) {
            for left in stride(from: 0, to: width, by: columns) {
                let places = (top..<min(top + rows, n)).flatMap { row in
                    (left..<min(left + columns, width)).map { row * width + $0 }
                }
                let scale = scale(places.map { x[$0] }, powerOfTwo: powerOfTwo)
                for place in places { result[place] = e4m3(x[place] / scale) * Double(scale) }
            }
        }
        return result
    }

    /// Σₖ a[i, k] · b[k, j], by strides.
    static func product(
        _ a: [Double], _ b: [Double], rows: Int, inner: Int, columns: Int,
        _ atA: (_ row: Int, _ inner: Int) -> Int, _ atB: (_ inner: Int, _ column: Int) -> Int
    ) -> Result {
        var result = Result(values: [], sizes: [])
        for row in 0..<rows {
            for column in 0..<columns {
                let terms = (0..<inner).map { a[atA(row, $0)] * b[atB($0, column)] }
                result.values.append(terms.reduce(0, +))
                result.sizes.append(terms.reduce(0) { $0 + abs($1) })
            }
        }
        return result
    }

    /// x·Wᵀ. [n, in], [out, in] → [n, out].
    static func forward(_ x: [Float], _ w: [Float], n: Int, inputs: Int, outputs: Int, powerOfTwo: Bool = false)
        -> Result
    {
        product(
            quantized(x, width: inputs, rows: 1, columns: 128, powerOfTwo: powerOfTwo),
            quantized(w, width: inputs, rows: 128, columns: 128), rows: n, inner: inputs, columns: outputs,
            { $0 * inputs + $1 }, { $1 * inputs + $0 })
    }

    /// dy·W. [n, out], [out, in] → [n, in].
    static func inputGradient(
        _ dy: [Float], _ w: [Float], n: Int, inputs: Int, outputs: Int, powerOfTwo: Bool = false
    ) -> Result {
        product(
            quantized(dy, width: outputs, rows: 1, columns: 128, powerOfTwo: powerOfTwo),
            quantized(w, width: inputs, rows: 128, columns: 128), rows: n, inner: outputs, columns: inputs,
            { $0 * outputs + $1 }, { $0 * inputs + $1 })
    }

    /// dyᵀ·x from what was remembered of x. [n, out], [n, in] → [out, in].
    static func weightGradient(
        _ dy: [Float], remembered x: [Float], n: Int, inputs: Int, outputs: Int, inputPowers: Bool = false,
        gradientPowers: Bool = false
    ) -> Result {
        product(
            quantized(dy, width: outputs, rows: 128, columns: 1, powerOfTwo: gradientPowers),
            quantized(x, width: inputs, rows: 128, columns: 1, powerOfTwo: inputPowers), rows: outputs, inner: n,
            columns: inputs, { $1 * outputs + $0 }, { $0 * inputs + $1 })
    }
}
