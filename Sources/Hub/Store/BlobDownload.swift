import Files

/// One file on its way into the store: which of its bytes are there, and whether they are the right ones.
///
/// Blocks may come in any order. The hash is taken of what lies on the disk, from the start on as far as blocks are
/// complete, so that little is left to do when the last one has come.
actor BlobDownload {
    nonisolated let file: RepositoryFile
    private let blocks: ResumableBlocks
    private var claimed: [Bool]
    private var hasher: BlobHasher
    private var hashedBlocks = 0
    /// Where the hub sent the client for this file; `nil` as long as the hub itself is to be asked.
    private(set) var location: HubAddress?
    /// Is told how many bytes there are whenever that changes.
    private let progress: @Sendable (Int) -> Void

    /// - Parameter path: where the file lies until it is complete.
    /// - Throws: `InputError` if no file can be made there.
    init(
        _ file: RepositoryFile, at path: String, blockBytes: Int, progress: @escaping @Sendable (Int) -> Void
    ) throws {
        self.file = file
        self.progress = progress
        blocks = try ResumableBlocks(
            path: path, identity: "isobath 1 \(file.digest.text)", byteCount: file.byteCount, blockBytes: blockBytes)
        claimed = blocks.isFinished
        hasher = BlobHasher(file.digest.kind, byteCount: file.byteCount)
        progress(blocks.writtenBytes)
    }

    /// Bytes that are not there yet.
    var missingBytes: Int { file.byteCount - blocks.finishedBytes }

    /// Up to `limit` blocks that follow each other and that nobody has asked for; `nil` if there are none left.
    ///
    /// The fewer are left, the fewer are given out at once, so that all connections end at about the same time.
    func claim(atMost limit: Int, connections: Int) -> Range<Int>? {
        guard let first = claimed.firstIndex(of: false) else { return nil }
        let left = claimed.count { !$0 }
        let wanted = max(1, min(limit, left / (2 * connections)))
        var end = first
        while end < claimed.count, end < first + wanted, !claimed[end] {
            claimed[end] = true
            end += 1
        }
        return blocks.range(of: first).lowerBound..<blocks.range(of: end - 1).upperBound
    }

    /// Writes bytes that came for `offset`.
    func write(_ bytes: some Collection<UInt8> & Sendable, at offset: Int) throws {
        try blocks.write(bytes, at: offset)
        // Not all that an earlier run has left at once: connections would wait meanwhile.
        try hashFinished(atMost: 2)
        progress(blocks.writtenBytes)
    }

    func remember(_ location: HubAddress?) { self.location = location }

    private func hashFinished(atMost limit: Int) throws {
        let end = hashedBlocks + min(limit, blocks.isFinished.count - hashedBlocks)
        while hashedBlocks < end, blocks.isFinished[hashedBlocks] {
            hasher.update(try blocks.read(hashedBlocks))
            hashedBlocks += 1
            try Task.checkCancellation()
        }
    }

    /// Gives the file its place in the store, if its bytes are those that the hub announced; else removes them.
    /// - Throws: `InputError` if they are not.
    /// - Precondition: nothing is missing.
    func publish(to place: String) throws {
        try hashFinished(atMost: .max)
        guard hasher.text == file.digest.text else {
            blocks.discard()
            throw InputError(
                .invalidValue, source: file.path.text, found: "found bytes with the hash \(hasher.text)",
                expected: "the announced hash \(file.digest.text)",
                advice: "pull again; if it happens again, the hub or something on the way damages the file")
        }
        try blocks.publish(to: place)
    }
}
