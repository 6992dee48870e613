import Files

extension Vocabulary {
    /// A number that two vocabularies share if they turn every text into the same ids, read from whatever file.
    package var identity: UInt64 {
        var hash = ContentHash()
        func add(_ text: String) {
            hash.update(UInt64(text.utf8.count))
            hash.update(text.utf8)
        }
        let added = Dictionary(addedTokens.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for id in 0..<max(tokens.count, (added.keys.max() ?? -1) + 1) {
            // Files differ in whether added tokens stand among the others.
            add(added[id]?.content ?? (id < tokens.count ? tokens[id] ?? "" : ""))
            hash.update(added[id].map { $0.isSpecial ? 2 : 1 } ?? 0)
        }
        for merge in merges {
            add(merge.left)
            add(merge.right)
        }
        preTokenizer.steps.forEach(add)
        hash.update((normalization == .canonicalComposition ? 1 : 0) | (ignoresMerges ? 2 : 0))
        return hash.value
    }
}
