import CKernels

/// Memory of one thread while it attends: a tile of rows, and what belongs to the lanes of one block.
struct AttentionScratch {
    /// [lanes, key width].
    let queries: UnsafeMutablePointer<Float>
    /// [64, keys' stored entry], decoded.
    let keyRows: UnsafeMutablePointer<Float>
    /// [64, values' stored entry], decoded.
    let valueRows: UnsafeMutablePointer<Float>
    /// [4 panels, key width, 16].
    let packed: UnsafeMutablePointer<Float>
    /// [lanes, 64].
    let scores: UnsafeMutablePointer<Float>
    /// [lanes]: rows of a tile that each lane looks at, and what brings its earlier sums to its new largest score.
    let counts: UnsafeMutablePointer<Int>
    let factors: UnsafeMutablePointer<Float>
    /// The queries in 8 bits, and memory for rows that are multiplied as they are stored; `nil` where they are not.
    let rounded: QuantizedRows?
    let stored: StoredTile?
    /// The queries in 8 bits where keys are rounded by groups, and memory for a tile of latents; `nil` where they are not.
    let groupedQueries: RoundedRows?
    let latent: OwnLatentTile?
    /// Of all segments so far.
    let sums: WeightedSums
    /// Of one segment.
    let part: WeightedSums

    /// Calls `body` with scratch memory for `call`.
    static func with(_ call: TiledAttention, _ body: (AttentionScratch) -> Void) {
        let (lanes, tile) = (call.lanesPerBlock, AttentionKernels.tileRows)
        let sums = WeightedSums.size(lanes: lanes, width: call.values.width)
        let isDecoded = call.form.isDecoded
        let sizes = [
            lanes * call.keys.width, isDecoded ? tile * call.keys.storedEntry : 0,
            isDecoded && !call.valuesInKeys ? tile * call.values.storedEntry : 0,
            isDecoded ? tile * call.keys.width : 0, lanes * tile, sums, sums, StoredTile.floatCount(call),
            call.form.stored.map { QuantizedRows.byteCount(rows: lanes, width: call.keys.width, $0.integers) / 4 } ?? 0,
            call.form.rounding.map { RoundedRows.byteCount($0.groups, rows: lanes) / 4 } ?? 0, lanes, 2 * lanes,
            OwnLatentTile.floatCount(call),
        ].map { ($0 + 15) / 16 * 16 }
        withUnsafeTemporaryAllocation(byteCount: 4 * sizes.reduce(0, +), alignment: 64) { memory in
            // Safe: `memory` holds the floats of all parts, and floats need no initialization before they are written.
            guard let base = memory.bindMemory(to: Float.self).baseAddress else { return }
            var end = base
            let parts = sizes.map { size in
                defer { end += size }
                return end
            }
            body(AttentionScratch(parts, call))
        }
    }

    private init(_ parts: [UnsafeMutablePointer<Float>], _ call: TiledAttention) {
        (queries, keyRows, valueRows, packed, scores) = (parts[0], parts[1], parts[2], parts[3], parts[4])
        sums = WeightedSums(parts[5], lanes: call.lanesPerBlock, width: call.values.width)
        part = WeightedSums(parts[6], lanes: call.lanesPerBlock, width: call.values.width)
        stored = call.form.stored.map { StoredTile(UnsafeMutableRawPointer(parts[7]), call, $0) }
        rounded = call.form.stored.map {
            QuantizedRows(width: call.keys.width, kernels: $0.integers, memory: UnsafeMutableRawPointer(parts[8]))
        }
        groupedQueries = call.form.rounding.map {
            RoundedRows($0.groups, rows: call.lanesPerBlock, $0.kernels, memory: UnsafeMutableRawPointer(parts[9]))
        }
        latent = call.form.latent.map { OwnLatentTile(UnsafeMutableRawPointer(parts[12]), $0) }
        factors = parts[10]
        // Safe: twice as many floats as lanes, aligned to 64.
        counts = UnsafeMutableRawPointer(parts[11]).assumingMemoryBound(to: Int.self)
    }
}

// MARK: - Tiles of paged rows

extension PagedRows {
    /// Whether both are views of the same stored rows.
    func hasSameRows(as other: PagedRows) -> Bool {
        byteOffset == other.byteOffset && rowBytes == other.rowBytes && elementType == other.elementType
            && heads == other.heads && headStride == other.headStride && pages.count == other.pages.count
            && zip(pages, other.pages).allSatisfy { $0 === $1 }
    }

    /// The most values that one head's entry takes with the rest of its blocks.
    var storedEntry: Int { width + 2 * (elementType.valuesPerBlock - 1) }

    /// Rows `rows`, of which the entry of `head` takes part, as f32: where they lie, or in `scratch`, which holds
    /// 64 · `storedEntry` floats.
    ///
    /// - Parameter looks: how often the rows are looked at.
    func tile(
        _ rows: Range<Int>, _ head: Int, _ kernels: AttentionKernels, looks: Int,
        _ scratch: UnsafeMutablePointer<Float>
    ) -> TileRows {
        precondition(rows.upperBound <= pages.count * rowsPerPage, "rows that the pages hold")
        let block = elementType.valuesPerBlock
        let first = head * headStride / block * block
        let skipped = head * headStride - first
        if let base = floats(rows, looks) { return TileRows(base: base + first, stride: rowBytes / 4) }
        let count = (skipped + width + block - 1) / block * block
        var row = rows.lowerBound
        while row < rows.upperBound {
            let end = min((row / rowsPerPage + 1) * rowsPerPage, rows.upperBound)
            // Safe: whole blocks of an entry lie inside the row, and rows up to `end` inside the page.
            let source = address(ofRow: row) + first / block * elementType.bytesPerBlock
            let target = scratch + (row - rows.lowerBound) * count
            kernels.decode(source, elementType, rowBytes: rowBytes, rows: end - row, into: target, count: count)
            row = end
        }
        return TileRows(base: UnsafePointer(scratch + skipped), stride: count)
    }

    /// Asks for the entries of `head` in `rows` to be brought near: rows of many heads lie too far apart for the
    /// processor to see them coming.
    func prefetch(_ rows: Range<Int>, _ head: Int) {
        let first = head * headStride / elementType.valuesPerBlock * elementType.bytesPerBlock
        let bytes = width / elementType.valuesPerBlock * elementType.bytesPerBlock
        var row = rows.lowerBound
        while row < rows.upperBound {
            let end = min((row / rowsPerPage + 1) * rowsPerPage, rows.upperBound)
            isobath_prefetch_rows(address(ofRow: row) + first, rowBytes, end - row, bytes)
            row = end
        }
    }

    /// The entries of `head` in `rows`, as what a kernel asks for meanwhile: those that lie in the page of the first.
    func ahead(_ rows: Range<Int>, _ head: Int) -> isobath_rows_ahead? {
        guard !rows.isEmpty else { return nil }
        let first = head * headStride / elementType.valuesPerBlock * elementType.bytesPerBlock
        let bytes = width / elementType.valuesPerBlock * elementType.bytesPerBlock
        let end = min((rows.lowerBound / rowsPerPage + 1) * rowsPerPage, rows.upperBound)
        return isobath_rows_ahead(
            first: address(ofRow: rows.lowerBound) + first, row_bytes: rowBytes, rows: end - rows.lowerBound,
            bytes: bytes)
    }

    /// Where `rows` lie, if they are f32 in one page.
    ///
    /// Rows a multiple of 1 KiB apart share few sets of a cache, so that they had better be copied if they are looked
    /// at again and again.
    private func floats(_ rows: Range<Int>, _ looks: Int) -> UnsafePointer<Float>? {
        guard elementType == .f32, byteOffset % 4 == 0,
            rows.lowerBound / rowsPerPage == (rows.upperBound - 1) / rowsPerPage,
            looks <= TiledAttention.laneStep || rowBytes % 1024 != 0
        else { return nil }
        // Safe: `address` checks the row; all of them are in its page, aligned as f32 since pages are aligned to 64.
        return UnsafePointer(address(ofRow: rows.lowerBound).assumingMemoryBound(to: Float.self))
    }
}
