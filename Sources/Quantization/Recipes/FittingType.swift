import Tensors

extension ElementType {
    /// This type, or the one that llama.cpp takes in its place for rows that are no whole number of its blocks.
    package func fitting(width: Int) -> ElementType {
        guard width % valuesPerBlock != 0 else { return self }
        let smaller: ElementType =
            switch self {
            case .q2_k, .q3_k: .q4_0
            case .q4_k: .q5_0
            case .q5_k: .q5_1
            case .q6_k: .q8_0
            case .iq1_s, .iq1_m, .iq2_xxs, .iq2_xs, .iq2_s, .iq3_xxs, .iq3_s, .iq4_xs: .iq4_nl
            default: .f16
            }
        return width % smaller.valuesPerBlock == 0 ? smaller : .f16
    }
}
