import Files
import Tensors

/// The types that a conversion stores weights in.
package enum ConversionType: String, CaseIterable, Sendable {
    /// As the checkpoint has them; what has no plain type becomes bf16.
    case auto
    case f32, f16, bf16
    /// Blocks of 32 eight-bit numbers; in GGUF only.
    case q8_0
    /// Eight-bit floating point with a scale for each block of 128×128, for the matrices for which DeepSeek-V3 has it; in
    /// safetensors only.
    case fp8

    /// - Throws: `InputError` for what is none of them.
    package init(_ name: String) throws {
        guard let type = ConversionType(rawValue: name.lowercased()) else {
            throw InputError(
                .invalidValue, source: "command line", field: "--type", found: "found “\(printable(name, limit: 60))”",
                expected: "one of \(ConversionType.allCases.map(\.rawValue).joined(separator: ", "))",
                advice: "correct the option, or use `isobath quantize` for types of fewer bits")
        }
        self = type
    }

    /// The element type that all matrices get; `nil` where that depends on the tensor.
    var elementType: ElementType? {
        switch self {
        case .auto, .fp8: nil
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        case .q8_0: .q8_0
        }
    }

    /// llama.cpp's number for files most of whose weights are of `type`.
    static func fileType(_ type: ElementType) -> Int {
        switch type {
        case .f16: 1
        case .q8_0: 7
        case .bf16: 32
        default: 0
        }
    }

    func refused(in container: String, _ advice: String) -> InputError {
        InputError(
            .unsupported, source: "command line", field: "--type", found: "found \(rawValue)",
            expected: "a type that \(container) has", advice: advice)
    }
}
