import CKernels
import Files
import Foundation

/// The form of the innermost loops that runs: chosen once for the processor, or by `ISOBATH_KERNELS`.
///
/// Every form gives the same bits, so that the choice shows in nothing but speed. The exception must be asked for: with
/// "bf16" behind a form's name, activations are rounded for products with bf16 weights (`BFloatKernels`). Such forms give
/// the same bits as each other.
package struct FloatKernels: Sendable {
    package enum Form: String, Sendable, CaseIterable {
        case scalar, avx2, avx512, neon
    }

    package let form: Form
    /// For products with bf16 weights, if activations are to be rounded for them.
    let bfloats: BFloatKernels?
    private let table: isobath_float_kernels

    /// - Parameter roundsToBFloat: whether activations are rounded for products with bf16 weights.
    /// - Returns: `nil` if this processor cannot run `form`, or the form has no such products.
    package init?(_ form: Form, roundsToBFloat: Bool = false) {
        let table =
            switch form {
            case .scalar: isobath_float_kernels_scalar()
            case .avx2: isobath_float_kernels_avx2()
            case .avx512: isobath_float_kernels_avx512()
            case .neon: isobath_float_kernels_neon()
            }
        let bfloats = roundsToBFloat ? BFloatKernels(form) : nil
        guard let table, roundsToBFloat == (bfloats != nil) else { return nil }
        self.form = form
        self.bfloats = bfloats
        self.table = table.pointee
    }

    /// What `ISOBATH_KERNELS` calls them.
    package var name: String { form.rawValue + (bfloats == nil ? "" : FloatKernels.bfloatSuffix) }

    private static let bfloatSuffix = "bf16"

    /// The forms that this processor can run and that give the same bits, the fastest last.
    package static var available: [FloatKernels] { Form.allCases.compactMap { FloatKernels($0) } }

    /// Those that round activations for products with bf16 weights.
    package static var availableInBFloat: [FloatKernels] {
        Form.allCases.compactMap { FloatKernels($0, roundsToBFloat: true) }
    }

    /// The form that `name` asks for; the fastest one if it is `nil` or empty.
    /// - Throws: `InputError` if there is no such form, or not on this processor.
    package static func named(_ name: String?) throws -> FloatKernels {
        guard let name, !name.isEmpty else { return fastest }
        guard let kernels = (available + availableInBFloat).first(where: { $0.name == name }) else {
            throw unavailable(name)
        }
        return kernels
    }

    /// The form that the environment variable `ISOBATH_KERNELS` asks for; the fastest one if it is not set.
    /// - Throws: `InputError` if there is no such form, or not on this processor.
    package static func selected() throws -> FloatKernels {
        try named(ProcessInfo.processInfo.environment["ISOBATH_KERNELS"])
    }

    /// The fastest form that this processor can run.
    package static let fastest: FloatKernels = {
        guard let kernels = available.last else { preconditionFailure("the scalar form always exists") }
        return kernels
    }()

    /// Whether these kernels round activations for products with weights of `type` that are not quantized.
    package func roundsActivations(for type: ElementType) -> Bool { bfloats != nil && type == .bf16 }

    private static func unavailable(_ name: String) -> InputError {
        let known = Form.allCases.contains {
            name == $0.rawValue || (BFloatKernels.forms.contains($0) && name == $0.rawValue + bfloatSuffix)
        }
        let names = (available + availableInBFloat).map(\.name).joined(separator: ", ")
        return InputError(
            known ? .unsupported : .invalidValue, source: "ISOBATH_KERNELS",
            found: known ? "found \"\(name)\", which this processor cannot run" : "found \"\(name)\"",
            expected: "one of \(names)", advice: "unset the variable to have the fastest form chosen")
    }
}

extension FloatKernels {
    /// Σ aᵢ · bᵢ over `count` elements, in the fixed order of 32 lanes.
    @inline(__always)
    func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float { table.dot(a, b, count) }

    /// `output[r · outputStride + w]` = row w of `weights` · row r of `activations`: the same bits as `dot`.
    @inline(__always)
    func dotRows(
        _ weights: UnsafePointer<Float>, weightRows: Int, _ activations: UnsafePointer<Float>, activationStride: Int,
        rows: Int, count: Int, into output: UnsafeMutablePointer<Float>, outputStride: Int
    ) {
        table.dot_rows(weights, weightRows, activations, activationStride, rows, count, output, outputStride)
    }

    /// Whether `dotStored` takes weights of this type for so many rows of activations.
    static func takesStored(_ type: ElementType, rows: Int = 1) -> Bool {
        [.f16, .bf16, .q8_0].contains(type) || type == .f8e4m3 && rows == 1
    }

    /// Row `row` of `weight` · x, decoded in registers: the same bits as `dot` of the decoded row.
    /// - Precondition: `takesStored`, and x has as many values as the weight has columns.
    func dotStored(_ weight: Weight, row: Int, _ x: UnsafePointer<Float>) -> Float {
        var result: Float = 0
        dotStored(weight, rows: row..<row + 1, x, activationStride: 0, count: 1, into: &result, outputStride: 0)
        return result
    }

    /// Rows of a weight · each of `count` rows of activations, decoded on the way: `output[r · outputStride + i]` is row i of
    /// `rows` · row r, the same bits as `dot` of the decoded row.
    /// - Precondition: `takesStored`, activations as long as the weight's rows, and an output with room for all.
    func dotStored(
        _ weight: Weight, rows: Range<Int>, _ activations: UnsafePointer<Float>, activationStride: Int, count: Int,
        into output: UnsafeMutablePointer<Float>, outputStride: Int
    ) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= weight.rows, "rows of this weight")
        // Safe: Tensor.init checked that all rows lie inside the storage.
        let (bytes, size) = (weight.tensor.bytes.assumingMemoryBound(to: UInt8.self), weight.tensor.rowBytes)
        let multiply =
            switch weight.elementType {
            case .f16: table.dot_rows_f16
            case .bf16: table.dot_rows_bf16
            case .q8_0: table.dot_rows_q8_0
            default: Optional<DotRows>.none
            }
        guard let multiply else { return dotFactored(weight, rows: rows, activations, into: output) }
        multiply(
            bytes + rows.lowerBound * size, rows.count, activations, activationStride, count, weight.columns, output,
            outputStride)
    }

    private typealias DotRows =
        @convention(c) (
            UnsafePointer<UInt8>?, Int, UnsafePointer<Float>?, Int, Int, Int, UnsafeMutablePointer<Float>?, Int
        ) -> Void

    /// Rows of an FP8 weight · x.
    private func dotFactored(
        _ weight: Weight, rows: Range<Int>, _ x: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
    ) {
        precondition(weight.elementType == .f8e4m3, "weights of other types are decoded before they are multiplied")
        // Safe: as above.
        let (bytes, size) = (weight.tensor.bytes.assumingMemoryBound(to: UInt8.self), weight.tensor.rowBytes)
        for (place, row) in rows.enumerated() {
            output[place] = table.dot_f8e4m3(bytes + row * size, weight.factors(ofRow: row), x, weight.columns)
        }
    }

    /// yᵢ = factor · xᵢ + yᵢ, rounded once.
    @inline(__always)
    func addScaled(_ factor: Float, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
        table.add_scaled(factor, x, y, count)
    }
}

extension Weight {
    /// The factors of an FP8 row: one for every 128 columns.
    fileprivate func factors(ofRow row: Int) -> UnsafePointer<Float> {
        guard let scales else { preconditionFailure("an FP8 weight has scales") }
        let (blockRow, blocks) = ((scales.firstRow + row) / BlockScales.blockExtent, scales.tensor.shape[1])
        precondition(blockRow < scales.tensor.shape[0], "a scale for every block of a column")
        precondition(columns <= blocks * BlockScales.blockExtent, "a scale for every block of a row")
        // Safe: the row of scales lies inside the tensor, which the weight keeps alive.
        return scales.tensor.withFloats { factors in
            guard let start = factors.baseAddress else { preconditionFailure("scales are not empty") }
            return start + blockRow * blocks
        }
    }
}
