import Benchmarking
import Evaluation
import Files
import Foundation
import Generation
import Models
import Quantization
import Tensors
import Tokenizers

/// Stores a model by several recipes and finds out what each costs and saves.
///
/// What Zhao et al. (arXiv 2505.02390) did for the family with nine benchmarks, for any checkpoint and any tasks; and beside
/// answers also predictions, which tell variants apart with far fewer tokens. Results are written after every variant: a
/// study that was ended goes on with those that are missing.
package struct QuantizationStudy {
    /// What is to be studied.
    package struct Settings {
        package var recipes: [Recipe]
        package var importance: ImportanceMatrix?
        package var corpus: Corpus
        /// Tokens of a chunk of the corpus.
        package var chunkLength = 512
        /// The most chunks; all unless given.
        package var chunkLimit: Int?
        package var tasks: [TaskSet] = []
        /// The most tokens of a reply.
        package var replyLimit = 512
        /// How the models are executed.
        package var engine = EngineSettings()
        /// Where everything is written.
        package var folder: String
        /// Whether the variants' files stay.
        package var keepsFiles = false

        package init(recipes: [Recipe], corpus: Corpus, folder: String) {
            (self.recipes, self.corpus, self.folder) = (recipes, corpus, folder)
        }
    }

    /// What is being done.
    package struct Progress: Sendable {
        package let variant: String
        package let stage: String
        package let done: Int
        package let total: Int
        package let unit: String
    }

    /// The context that memory is reckoned for.
    package static let rememberedTokens = 32_768
    /// What the original is called.
    package static let original = "original"

    let path: String
    let settings: Settings
    let report: (Progress) throws -> Void

    /// - Parameters:
    ///   - path: the model, best stored in f32, f16 or bf16.
    ///   - report: called all the time; what it throws ends the study.
    package init(_ path: String, _ settings: Settings, report: @escaping (Progress) throws -> Void) {
        (self.path, self.settings, self.report) = (path, settings, report)
    }

    /// Does what is not done yet.
    /// - Throws: `InputError` for a model without a vocabulary, a recipe that cannot be applied, a text that is too short, or
    ///   a folder that cannot be written to.
    package func run() async throws -> StudyResult {
        let notes = try StudyNotes(settings.folder)
        let model = try LanguageModel(path: path, settings: settings.engine)
        let chunks = try self.chunks(model)
        var result = try emptyResult(model, chunks)
        let source = try ModelSource(path: path)
        let identity = "\(self.identity(chunks)), \(source.fingerprint)"
        let original = try await notes.variant(QuantizationStudy.original, identity) {
            let perplexity = try savePredictions(model, chunks, notes)
            return try await measured(model, QuantizationStudy.original, perplexity, nil)
        }
        result.variants.append(original)
        for recipe in settings.recipes {
            let quantizer = try ModelQuantizer(
                source, recipe, importance: settings.importance, path: notes.file(of: recipe))
            let found = try await notes.variant(recipe.name, "\(identity) \(quantizer.identity)") {
                // They are removed when a study is complete, and missing when it is extended.
                if !notes.hasLogits { _ = try savePredictions(model, chunks, notes) }
                return try await self.variant(quantizer, notes)
            }
            result.variants.append(found)
        }
        try notes.finish(keepsFiles: settings.keepsFiles)
        return result
    }

    private func chunks(_ model: LanguageModel) throws -> TokenChunks {
        let tokenizer = try model.requiredTokenizer()
        return try TokenChunks(
            of: settings.corpus, tokenizer, length: settings.chunkLength, limit: settings.chunkLimit)
    }

    private func emptyResult(_ model: LanguageModel, _ chunks: TokenChunks) throws -> StudyResult {
        StudyResult(
            model: path, corpus: settings.corpus.source, chunkLength: chunks.length, chunks: chunks.count,
            rememberedTokens: min(QuantizationStudy.rememberedTokens, model.contextLength),
            tasks: settings.tasks.map { StudiedTasks(name: $0.name, questions: $0.items.count) }, variants: [])
    }

    /// What results depend on besides the recipe: results of studies that agree in this are the same but for the speed.
    private func identity(_ chunks: TokenChunks) -> String {
        var sum = ByteSum()
        chunks.tokens.withUnsafeBytes { sum.add($0) }
        for item in settings.tasks.flatMap(\.items) { Array("\(item)".utf8).withUnsafeBytes { sum.add($0) } }
        let engine = "\(settings.engine.arithmetic) \(settings.engine.cacheElementType) \(settings.replyLimit)"
        return "study 1, \(sum.value) \(chunks.length), \(engine)"
    }
}

// MARK: - Variants

extension QuantizationStudy {
    /// Reads the text with the original and saves what it predicts.
    private func savePredictions(
        _ model: LanguageModel, _ chunks: TokenChunks, _ notes: StudyNotes
    ) throws -> Estimate {
        try PerplexityRun(model, chunks).score(savingLogitsTo: notes.logits) { score in
            let (done, total) = (score.chunks * chunks.length, chunks.count * chunks.length)
            try report(QuantizationStudy.original, "reading", done, total, "tokens")
        }.perplexity
    }

    private func variant(_ quantizer: ModelQuantizer, _ notes: StudyNotes) async throws -> StudiedVariant {
        let (name, file) = (quantizer.plan.recipe.name, notes.file(of: quantizer.plan.recipe))
        let weights = quantizer.plan.parameterCount
        try quantizer.write(pool: .shared) { try report(name, "quantizing", $0, weights, "weights") }
        let model = try LanguageModel(path: file, settings: settings.engine)
        let base = try LogitFile(path: notes.logits)
        let total = base.chunks(beginOfSequence: nil).count * base.chunkLength
        let statistics = try PerplexityRun.divergence(of: model, from: base) { running in
            try report(name, "reading", running.chunks * base.chunkLength, total, "tokens")
        }
        let found = try await measured(model, name, statistics.perplexity, PredictionLoss(statistics))
        if !settings.keepsFiles { try? FileManager.default.removeItem(atPath: file) }
        return found
    }

    /// Speed, memory and answers.
    private func measured(
        _ model: LanguageModel, _ name: String, _ perplexity: Estimate, _ loss: PredictionLoss?
    ) async throws -> StudiedVariant {
        let facts = model.report()
        let tokens = min(QuantizationStudy.rememberedTokens, model.contextLength)
        let perToken = model.decoder.cacheLayout(elementType: settings.engine.cacheElementType).bytesPerToken
        var variant = StudiedVariant(
            name: name, bytes: facts.bytes, bitsPerWeight: 8 * Double(facts.bytes) / Double(max(facts.parameters, 1)),
            cacheBytes: tokens * perToken, perplexity: perplexity, loss: loss, answers: [])
        (variant.prefill, variant.decode) = try speed(model, name)
        variant.residentBytes = MemoryUse.now()?.residentBytes
        for tasks in settings.tasks {
            let run = try TaskRun(model, replyLimit: settings.replyLimit)
            variant.answers.append(
                try await run.results(of: tasks) {
                    try report(name, tasks.name, $0, tasks.items.count, "questions")
                })
        }
        return variant
    }

    private func speed(_ model: LanguageModel, _ name: String) throws -> (prefill: Spread?, decode: Spread?) {
        var plan = BenchmarkPlan()
        plan.prefillLengths = [min(128, model.contextLength)]
        plan.decodeLength = min(16, model.contextLength)
        plan.threads = [ThreadPool.shared.threads]
        plan.cacheTypes = [settings.engine.cacheElementType]
        plan.repeats = 3
        // A throw cannot leave the benchmark: it is remembered, and the benchmark ends.
        var stop: (any Error)?
        let benchmark = try ModelBenchmark(model, plan) { progress in
            do {
                try report(name, "timing", Int(100 * progress.fraction), 100, "%")
            } catch { stop = error }
        } isCancelled: {
            stop != nil
        }
        let results = try benchmark.run()
        if let stop { throw stop }
        return (
            results.first { $0.kind == .prefill }?.tokensPerS, results.first { $0.kind == .decode }?.tokensPerS
        )
    }

    private func report(_ variant: String, _ stage: String, _ done: Int, _ total: Int, _ unit: String) throws {
        try report(Progress(variant: variant, stage: stage, done: done, total: total, unit: unit))
    }
}
