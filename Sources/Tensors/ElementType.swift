/// How the values of a tensor are stored: plain numbers, or blocks of quantized ones.
///
/// The block formats are llama.cpp's (ggml); their layouts are in `CKernels`. A row is always a whole number of blocks.
public enum ElementType: String, Sendable, Hashable, CaseIterable, Codable {
    case f64 = "F64"
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    /// 8-bit floating point, 4 exponent and 3 mantissa bits, no infinities (OCP E4M3FN); scaled by 128×128 blocks.
    case f8e4m3 = "F8_E4M3"
    case i64 = "I64"
    case i32 = "I32"
    case i16 = "I16"
    case i8 = "I8"
    case u8 = "U8"
    case boolean = "BOOL"
    case q4_0 = "Q4_0"
    case q4_1 = "Q4_1"
    case q5_0 = "Q5_0"
    case q5_1 = "Q5_1"
    case q8_0 = "Q8_0"
    case q2_k = "Q2_K"
    case q3_k = "Q3_K"
    case q4_k = "Q4_K"
    case q5_k = "Q5_K"
    case q6_k = "Q6_K"
    case iq1_s = "IQ1_S"
    case iq1_m = "IQ1_M"
    case iq2_xxs = "IQ2_XXS"
    case iq2_xs = "IQ2_XS"
    case iq2_s = "IQ2_S"
    case iq3_xxs = "IQ3_XXS"
    case iq3_s = "IQ3_S"
    case iq4_nl = "IQ4_NL"
    case iq4_xs = "IQ4_XS"
}

extension ElementType {
    /// Values in one block; 1 for plain numbers.
    public var valuesPerBlock: Int {
        switch self {
        case .f64, .f32, .f16, .bf16, .f8e4m3, .i64, .i32, .i16, .i8, .u8, .boolean: 1
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .iq4_nl: 32
        case .q2_k, .q3_k, .q4_k, .q5_k, .q6_k, .iq1_s, .iq1_m, .iq2_xxs, .iq2_xs, .iq2_s, .iq3_xxs, .iq3_s, .iq4_xs:
            256
        }
    }

    /// Bytes of one block.
    public var bytesPerBlock: Int {
        switch self {
        case .f64, .i64: 8
        case .f32, .i32: 4
        case .f16, .bf16, .i16: 2
        case .f8e4m3, .i8, .u8, .boolean: 1
        case .q4_0, .iq4_nl: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q8_0: 34
        case .q2_k: 84
        case .q3_k, .iq3_s: 110
        case .q4_k: 144
        case .q5_k: 176
        case .q6_k: 210
        case .iq1_s: 50
        case .iq1_m: 56
        case .iq2_xxs: 66
        case .iq2_xs: 74
        case .iq2_s: 82
        case .iq3_xxs: 98
        case .iq4_xs: 136
        }
    }

    /// Whether the values are real numbers that a matrix may be made of.
    public var isReal: Bool {
        switch self {
        case .i64, .i32, .i16, .i8, .u8, .boolean: false
        default: true
        }
    }

    /// Bits that one value takes, its share of the block's scales included.
    public var bitsPerValue: Double { Double(bytesPerBlock * 8) / Double(valuesPerBlock) }

    /// Bytes of a row of `width` values, or `nil` if that is no whole number of blocks or does not fit an `Int`.
    public func byteCount(ofRowWithWidth width: Int) -> Int? {
        guard width >= 0, width % valuesPerBlock == 0 else { return nil }
        let (bytes, overflow) = (width / valuesPerBlock).multipliedReportingOverflow(by: bytesPerBlock)
        return overflow ? nil : bytes
    }
}
