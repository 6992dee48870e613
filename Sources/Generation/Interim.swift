import Tensors
import Tokenizers
public enum ChatTemplate: String, CaseIterable, Sendable {
    case plain, coder, v3, r1DistillFirst, r1Distill, r1First, r1, v31, proverV2
    var name: String { rawValue }
    init?(named: String) { return nil }
    init?(recognizing: String) { return nil }
    var stopTokens: [String] { [] }
}
func CPUOperations() throws -> ReferenceOperations { ReferenceOperations() }
struct ThreadPool { static let shared = ThreadPool(); let threadCount = 1 }
