import Checkpoints
import Files
import Models
import Tensors

/// A released checkpoint on its way to GGUF.
struct GGUFConversion: Conversion {
    let path: String
    let tensors: [(name: String, shape: Shape, type: ElementType)]
    let unused: [String]
    let hasVocabulary: Bool
    private let writer: ModelWriter

    var outputs: [(path: String, byteCount: Int)] { writer.files.map { ($0.path, $0.byteCount) } }

    init(
        _ checkpoint: any Checkpoint, adapter: Adapter? = nil, type: ConversionType, vocabulary: String?,
        path target: String, limit: Int?
    ) throws {
        if type == .fp8 { throw type.refused(in: "GGUF", "give f32, f16, bf16 or q8_0, or name a folder to write") }
        let source = try ModelSource(
            released: checkpoint, adapter: adapter, vocabulary: vocabulary.map(openVocabulary))
        let types = source.tensors.map { $0.type(type) }
        path = source.path
        unused = source.unused
        hasVocabulary = source.hasVocabulary
        tensors = zip(source.tensors, types).map { ($0.name, $0.shape, $1) }
        let most = type.elementType ?? mostCommon(tensors)
        let output = GGUFOutput(source, types: types, keys: GGUFOutput.typeKeys(ConversionType.fileType(most)))
        writer = ModelWriter(
            files: try output.files(path: target, limit: limit), source: source.files, importance: nil)
    }

    func write(pool: ThreadPool, progress: (Int) throws -> Void) throws -> Int {
        try writer.write(pool: pool, progress: progress)
    }
}

/// The type that most values of `tensors` have.
func mostCommon(_ tensors: [(name: String, shape: Shape, type: ElementType)]) -> ElementType {
    let counts = Dictionary(tensors.map { ($0.type, $0.shape.count) }, uniquingKeysWith: +)
    return counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key ?? .f32
}

extension ModelTensor {
    /// What it is stored as in GGUF where `type` is asked for: vectors and what chooses experts stay as they are.
    fileprivate func type(_ type: ConversionType) -> ElementType {
        guard let wanted = type.elementType, role?.isExact != true else { return self.type }
        return wanted.fitting(width: shape.width)
    }
}
