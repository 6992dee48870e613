import Checkpoints
import Files
import Foundation
import Models
import Tensors
import Tokenizers

/// A model on its way to a folder as the released checkpoints are: safetensors, configuration, tokenizer.
struct FolderConversion: Conversion {
    let path: String
    let tensors: [(name: String, shape: Shape, type: ElementType)]
    let unused: [String]
    let hasVocabulary: Bool
    private let folder: OutputFolder
    private let writer: ModelWriter
    private let documents: [(name: String, bytes: Data)]

    var outputs: [(path: String, byteCount: Int)] {
        writer.files.map { (folder.path + "/" + URL(filePath: $0.path).lastPathComponent, $0.byteCount) }
    }

    init(
        _ checkpoint: any Checkpoint, adapter: Adapter? = nil, type: ConversionType, vocabulary: String?,
        folder target: String, limit: Int?
    ) throws {
        if type == .q8_0 { throw type.refused(in: "safetensors", "give f32, f16, bf16 or fp8, or name a .gguf file") }
        let model = try ReleasedModel(checkpoint, adapter: adapter, type: type)
        let files = try SourceFiles(of: checkpoint, adapter)
        try files.refuse(target)
        let folder = try OutputFolder(target)
        let plans = model.tensors.map(StoredTensor.init)
        let shards = ShardPlan(plans.map(\.byteCount), limit: limit)
        let outputs = try shards.ranges.enumerated().map { index, range in
            try FolderConversion.file(
                folder.partial + "/" + shards.name("model", ".safetensors", number: index + 1), Array(plans[range]))
        }
        self.folder = folder
        path = checkpoint.path
        unused = model.unused
        tensors = plans.flatMap { $0.plans.map { ($0.name, $0.shape, $0.type) } }
        let described = try ReleasedDocuments(
            checkpoint, model, vocabulary: vocabulary.map(openVocabulary))
        hasVocabulary = described.hasVocabulary
        documents = described.files + FolderConversion.index(shards, outputs, plans)
        writer = ModelWriter(files: outputs, source: files, importance: nil)
    }

    /// A tensor, with the scales that follow it.
    private struct StoredTensor {
        let tensor: ModelTensor
        let plans: [TensorPlan]
        var byteCount: Int { plans.reduce(0) { $0 + $1.byteCount } }

        init(_ tensor: ModelTensor) {
            self.tensor = tensor
            var plans = [TensorPlan(name: tensor.name, shape: tensor.shape, type: tensor.type)]
            if tensor.type == .f8e4m3 {
                let extent = BlockScales.blockExtent
                let blocks = Shape((tensor.shape[0] - 1) / extent + 1, (tensor.shape[1] - 1) / extent + 1)
                plans.append(.init(name: tensor.name + "_scale_inv", shape: blocks, type: .f32))
            }
            self.plans = plans
        }
    }

    private static func file(_ path: String, _ tensors: [StoredTensor]) throws -> OutputFile {
        let header = try SafetensorsHeader(tensors.flatMap(\.plans), source: path)
        return OutputFile(
            path: path, header: header.bytes, byteCount: header.fileByteCount,
            entries: tensors.map { .init(tensor: $0.tensor, type: $0.tensor.type, padding: 0) })
    }

    private static func index(
        _ shards: ShardPlan, _ files: [OutputFile], _ tensors: [StoredTensor]
    ) -> [(name: String, bytes: Data)] {
        guard files.count > 1 else { return [] }
        let parts = zip(files, shards.ranges).map { file, range in
            (name: URL(filePath: file.path).lastPathComponent, tensors: tensors[range].flatMap(\.plans))
        }
        return [("model.safetensors.index.json", Data(safetensorsIndex(parts).utf8))]
    }

    func write(pool: ThreadPool, progress: (Int) throws -> Void) throws -> Int {
        let names = writer.files.map { URL(filePath: $0.path).lastPathComponent } + documents.map(\.name)
        try folder.begin(names)
        do {
            let finished = try writer.write(pool: pool, progress: progress)
            for document in documents {
                try writeAtomically(document.bytes, to: folder.partial + "/" + document.name)
            }
            try folder.publish()
            return finished
        } catch let error as InputError {
            folder.discard(names)
            throw error
        }
    }
}
