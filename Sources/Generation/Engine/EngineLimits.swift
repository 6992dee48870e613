import Files
import Foundation
import Models

/// What an engine may use, and how much it takes on at once.
public struct EngineLimits: Sendable, Equatable {
    /// Sequences that are computed together; each sample of a request is one.
    public var slots = 16
    /// Requests that may wait for a slot; a further one is refused with `EngineBusy`.
    public var queueLength = 128
    /// Bytes for keys and values, those that are only kept for later requests included; `nil` for a quarter of the
    /// machine's memory, at most what all slots can fill.
    public var cacheMemory: Int?
    /// The most prompt tokens that go beside sequences that are being written, in one step.
    public var chunkLength = 256
    /// About as long as a step may read prompts while sequences are being written, in seconds: what readers of a stream
    /// notice when somebody else's long prompt comes in. Where a step takes longer than that without any prompt, as long
    /// again as it does; and longer where more sequences are read than written.
    public var chunkSeconds = 0.25
    /// Tokens guessed ahead by the checkpoint's prediction layers for a sequence that is written alone; 0 for none.
    /// Answers are the same, those with a seed included.
    public var speculation = 0
    /// Where pages of keys and values are kept on disk, for later requests and after a restart; `nil` for nowhere.
    public var directory: String?
    /// The most bytes on disk.
    public var directoryBytes = 8 << 30

    /// 16 slots, 128 places to wait, nothing on disk.
    public init() {}

    /// - Throws: `InputError` that names the first limit that is not admissible.
    func validated() throws -> EngineLimits {
        try check("slots", slots, 1...1024)
        try check("queue length", queueLength, 0...1_000_000)
        try check("cache memory", cacheMemory ?? 1, 1...(1 << 50))
        try check("chunk length", chunkLength, 1...65_536)
        try check("speculation", speculation, 0...SpeculationSettings.longestDraft)
        try check("bytes on disk", directoryBytes, 0...(1 << 60))
        guard chunkSeconds > 0, chunkSeconds <= 60 else {
            throw EngineLimits.defect("chunk seconds", "\(chunkSeconds)", "a number above 0 and at most 60")
        }
        return self
    }

    private func check(_ field: String, _ value: Int, _ range: ClosedRange<Int>) throws {
        guard !range.contains(value) else { return }
        throw EngineLimits.defect(field, "\(value)", "a number from \(range.lowerBound) to \(range.upperBound)")
    }

    private static func defect(_ field: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: "engine limits", field: field, found: "found \(found)", expected: expected,
            advice: "change it or leave it out")
    }
}

extension EngineLimits {
    /// Room for keys and values, a page for each slot at least.
    func pool(for model: LanguageModel) -> KeyValuePool {
        let layout = model.pool.layout
        let perSlot = (model.contextLength + layout.rowsPerPage - 1) / layout.rowsPerPage + 1
        let usual = min(
            Int(clamping: ProcessInfo.processInfo.physicalMemory / 4) / max(layout.bytesPerPage, 1), 2 * slots * perSlot
        )
        let pages = cacheMemory.map { $0 / max(layout.bytesPerPage, 1) } ?? usual
        return KeyValuePool(layout: layout, limit: max(pages, 1))
    }
}
