import Files
import Models
import Tensors

/// How a whole model is stored: one element type, or a mixture that gives more bits to what suffers most.
///
/// Named and chosen as llama.cpp's quantizer does without an importance matrix, so that files are alike tensor by tensor;
/// `dq3_k_m` after Zhao et al. (arXiv 2505.02390).
package enum FileType: String, CaseIterable, Sendable {
    case f32, f16, bf16
    case q8_0, q4_0, q4_1, q5_0, q5_1
    case q2_k, q3_k_m, q4_k_m, q5_k_m, q6_k
    case iq4_nl, iq4_xs
    case dq3_k_m

    /// The type called `name`, in any case.
    /// - Throws: `InputError` listing the names.
    package init(named name: String) throws {
        guard let type = FileType(rawValue: name.lowercased()) else {
            throw InputError(
                .invalidValue, source: "--type", found: "found \"\(printable(name, limit: 60))\"",
                expected: "one of \(FileType.allCases.map(\.rawValue).joined(separator: ", "))",
                advice: "choose one of these")
        }
        self = type
    }

    /// What most tensors are stored in.
    package var elementType: ElementType {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        case .q8_0: .q8_0
        case .q4_0: .q4_0
        case .q4_1: .q4_1
        case .q5_0: .q5_0
        case .q5_1: .q5_1
        case .q2_k: .q2_k
        case .q3_k_m, .dq3_k_m: .q3_k
        case .q4_k_m: .q4_k
        case .q5_k_m: .q5_k
        case .q6_k: .q6_k
        case .iq4_nl: .iq4_nl
        case .iq4_xs: .iq4_xs
        }
    }

    /// The value of `general.file_type` (llama.cpp's `llama_ftype`); a mixture of our own has that of its nearest relative.
    package var number: Int {
        switch self {
        case .f32: 0
        case .f16: 1
        case .q4_0: 2
        case .q4_1: 3
        case .q8_0: 7
        case .q5_0: 8
        case .q5_1: 9
        case .q2_k: 10
        case .q3_k_m, .dq3_k_m: 12
        case .q4_k_m: 15
        case .q5_k_m: 17
        case .q6_k: 18
        case .iq4_nl: 25
        case .iq4_xs: 30
        case .bf16: 32
        }
    }
}
