import Tensors

/// The element types of GGUF tensors, by their number in the file (`ggml_type`).
enum GGUFTensorType {
    /// The type with `number`, if it is one that can be computed with here.
    static func elementType(_ number: UInt32) -> ElementType? {
        switch number {
        case 0: .f32
        case 1: .f16
        case 2: .q4_0
        case 3: .q4_1
        case 6: .q5_0
        case 7: .q5_1
        case 8: .q8_0
        case 10: .q2_k
        case 11: .q3_k
        case 12: .q4_k
        case 13: .q5_k
        case 14: .q6_k
        case 16: .iq2_xxs
        case 17: .iq2_xs
        case 18: .iq3_xxs
        case 19: .iq1_s
        case 20: .iq4_nl
        case 21: .iq3_s
        case 22: .iq2_s
        case 23: .iq4_xs
        case 24: .i8
        case 25: .i16
        case 26: .i32
        case 27: .i64
        case 28: .f64
        case 29: .iq1_m
        case 30: .bf16
        default: nil
        }
    }

    /// The number of `type`; `nil` if GGUF does not have it.
    static func number(of type: ElementType) -> UInt32? { (0...30).first { elementType($0) == type } }

    /// What to call a type that is not known here.
    static func name(_ number: UInt32) -> String {
        let names: [UInt32: String] = [
            4: "Q4_2", 5: "Q4_3", 9: "Q8_1", 15: "Q8_K", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8", 34: "TQ1_0",
            35: "TQ2_0", 36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8", 39: "MXFP4",
        ]
        return names[number] ?? "number \(number)"
    }
}
