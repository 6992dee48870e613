import Files
import Foundation
import Tensors
import Tokenizers

/// Opens the sources of a run for `makeBatches`.
struct DataOpening {
    private let settings: DataSettings
    private let cache: String
    private let pool: ThreadPool

    init(_ settings: DataSettings, cache: String, pool: ThreadPool) {
        (self.settings, self.cache, self.pool) = (settings, cache, pool)
    }

    func open(_ progress: (Int, Int) throws -> Void) throws -> TrainingData {
        let tokenizer = try openTokenizer()
        let packed = try settings.sources.map { try opened($0, tokenizer, progress) }
        let fims = try settings.sources.map { source in
            source.fim.rate > 0 ? try FillInTheMiddle(source.fim, tokenizer.tokenizer) : nil
        }
        for (source, tokens) in zip(settings.sources, packed) { try check(source, tokens, tokenizer) }
        let learned = settings.sources.indices.map { index in
            Part(source: settings.sources[index], shards: packed[index].training, fim: fims[index])
        }
        guard let training = batches(learned, tokenizer) else { throw missing("documents to learn from", "add text") }
        return TrainingData(
            training: training, validation: try validation(packed, tokenizer, progress), tokenizer: tokenizer.tokenizer,
            vocabulary: tokenizer.vocabulary, chatTemplate: tokenizer.chatTemplate)
    }

    /// What is only looked at: sources of its own, or what was set aside of those that are learned from.
    private func validation(
        _ learned: [PackedTokens], _ tokenizer: OpenTokenizer, _ progress: (Int, Int) throws -> Void
    ) throws -> ShardBatches? {
        guard settings.validation > 0 || !settings.validationSources.isEmpty else { return nil }
        let held: [Part]
        if settings.validationSources.isEmpty {
            held = zip(settings.sources, learned).map { Part(source: $0, shards: $1.validation) }
        } else {
            held = try settings.validationSources.map { source in
                let packed = try opened(source, tokenizer, progress)
                try check(source, packed, tokenizer)
                return Part(source: source, shards: packed.training + packed.validation)
            }
        }
        guard let batches = batches(held, tokenizer) else {
            throw missing("documents set aside for validation", "add documents, or set validation: 0")
        }
        return batches
    }

    /// The documents of a source that are read for one purpose.
    private struct Part {
        let source: DataSettings.Source
        let shards: [TokenShard]
        /// None where the model is measured: a loss on rearranged documents is no perplexity of text.
        var fim: FillInTheMiddle?
    }

    private func batches(_ parts: [Part], _ tokenizer: OpenTokenizer) -> ShardBatches? {
        let streams = parts.enumerated().compactMap { index, part -> ShardBatches.Stream? in
            let order = DocumentOrder(
                part.shards, seed: DocumentOrder.key(settings.seed, UInt64(index)), passage: settings.passage)
            guard order.documentCount > 0 else { return nil }
            return ShardBatches.Stream(order: order, weight: part.source.weight, fim: part.fim)
        }
        let filler = tokenizer.tokenizer.padding ?? tokenizer.tokenizer.endOfSequence ?? 0
        return streams.isEmpty ? nil : ShardBatches(streams, settings, filler: filler)
    }

    private func openTokenizer() throws -> OpenTokenizer {
        let packed = settings.sources.first { PackedTokens.exists($0.path) }
        guard let path = settings.tokenizer ?? packed?.path else {
            throw InputError(
                .missing, source: "data", field: "tokenizer", found: "found no such setting",
                expected: "the path of a tokenizer", advice: "train one with isobath train-tokenizer")
        }
        return try OpenTokenizer(path: path)
    }

    private func opened(
        _ source: DataSettings.Source, _ tokenizer: OpenTokenizer, _ progress: (Int, Int) throws -> Void
    ) throws -> PackedTokens {
        if PackedTokens.exists(source.path) { return try PackedTokens(path: source.path) }
        let texts = try TextSources([source.path], separator: source.separator)
        var key = ContentHash()
        key.update(try texts.contentHash())
        key.update(tokenizer.vocabulary.identity)
        key.update((tokenizer.chatTemplate ?? "").utf8)
        key.update(source.field.utf8)
        key.update(settings.validation.bitPattern)
        key.update(UInt64(ShardHeader.version))
        let folder = "\(cache)/\(String(key.value, radix: 16))"
        if !PackedTokens.exists(folder) {
            let packing = TokenPacking(
                texts, field: source.field, tokenizer: tokenizer, validation: settings.validation)
            _ = try packing.write(to: folder, pool: pool, progress: progress)
        }
        return try PackedTokens(path: folder)
    }

    private func check(_ source: DataSettings.Source, _ packed: PackedTokens, _ tokenizer: OpenTokenizer) throws {
        guard let shard = (packed.training + packed.validation).first else { return }
        guard shard.tokenizerIdentity == tokenizer.vocabulary.identity else {
            throw InputError(
                .invalidValue, source: source.path, field: "tokenizer", found: "found ids of another tokenizer",
                expected: "those of \(tokenizer.vocabulary.source)",
                advice: "pack the text again, or leave out tokenizer to take the one that lies there")
        }
        guard !shard.isSupervised || source.fim.rate == 0 else {
            throw InputError(
                .invalidValue, source: source.path, field: "fim.rate",
                found: "found \(source.fim.rate) for conversations",
                expected: "0", advice: "fill gaps in plain text only")
        }
    }

    private func missing(_ what: String, _ advice: String) -> InputError {
        InputError(
            .missing, source: "data", field: "sources", found: "found no \(what)", expected: "some", advice: advice)
    }
}
