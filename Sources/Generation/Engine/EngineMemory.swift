import Files
import Models

extension EngineLoop {
    /// Makes room for what the pieces will write: pages that nobody uses are forgotten first, then the youngest
    /// sequences have to wait.
    /// - Returns: the pieces that there is room for.
    func makeRoom(for pieces: [EnginePiece]) -> [EnginePiece] {
        var pieces = pieces
        while let missing = missingPages(pieces), missing > 0 {
            let forgotten = tree.forget(max(missing, tree.count / 16))
            inbox.count { $0.forgottenPages += forgotten }
            if forgotten > 0 { continue }
            guard active.count > 1, let youngest = active.popLast() else {
                endWithoutRoom(pieces)
                return []
            }
            youngest.forgetPages()
            displaced.insert(youngest, at: 0)
            pieces.removeAll { $0.sequence === youngest }
            inbox.count { $0.displaced += 1 }
        }
        return pieces
    }

    private func missingPages(_ pieces: [EnginePiece]) -> Int? {
        pool.pagesLeft.map { left in
            pieces.reduce(0) { $0 + $1.sequence.cache.pagesNeeded(for: $1.rows) } - left
        }
    }

    /// One sequence alone needs more than there is.
    private func endWithoutRoom(_ pieces: [EnginePiece]) {
        for piece in pieces {
            if piece.sequence.isWriting {
                piece.sequence.pendingReason = .success(.length)
            } else {
                piece.sequence.pendingReason = .failure(
                    InputError(
                        .excessive, source: "key-value cache", found: "found no page left for the prompt",
                        expected: "room for \(piece.sequence.tokens.count) tokens",
                        advice: "allow more cache memory, or ask for fewer answers at once"))
            }
        }
    }

    func reportMemory() {
        let bytes = pool.layout.bytesPerPage
        let (used, kept, limit) = (pool.pagesInUse, tree.count, pool.pagesInUse + (pool.pagesLeft ?? 0))
        let (working, stored) = (active.count + displaced.count, store?.byteCount ?? 0)
        inbox.count {
            ($0.cacheBytes, $0.keptBytes, $0.cacheByteLimit) = (used * bytes, kept * bytes, limit * bytes)
            ($0.active, $0.storedBytes) = (working, stored)
        }
    }
}
