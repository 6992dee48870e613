import CKernels
import Synchronization

// Rotation, and attention over paged rows.

extension CPUOperations {
    package func rotate(_ x: Tensor, _ rotation: Rotation) -> Tensor {
        let (heads, half) = (x.shape[1], x.shape[2] / 2)
        precondition(x.shape.rank == 3 && rotation.cosines.shape == [x.shape[0], half])
        return rotation.cosines.withFloats { cosines in
            rotation.sines.withFloats { sines in
                numberedRows(x, width: x.shape.width, cost: 2) { row, input, output in
                    _ = output.update(fromContentsOf: input)
                    let angle = row / heads * half
                    for i in 0..<half {
                        let (first, second) = rotation.pairing == .adjacent ? (2 * i, 2 * i + 1) : (i, i + half)
                        let (c, s) = (cosines[angle + i], sines[angle + i])
                        output[first] = input[first] * c - input[second] * s
                        output[second] = input[second] * c + input[first] * s
                    }
                }
            }
        }
    }

    /// In tiles of 64 rows with a running softmax: neither scores nor decoded rows of more than a tile exist at once.
    package func attention(
        _ query: Tensor, keys: PagedRows, values: PagedRows, scale: Float, firstPosition: Int
    ) -> Tensor {
        let shape = Shape(query.shape[0], query.shape[1], values.width)
        precondition(query.shape[2] == keys.width && shape[1] % keys.heads == 0 && keys.heads == values.heads)
        return fill(shape, from: query) { input, output in
            guard let input = input.baseAddress, let output = output.baseAddress, shape.count > 0 else { return }
            let call = TiledAttention(
                kernels: rowKernels, query: input, output: output, shape: shape, keys: keys,
                values: values, scale: scale, firstPosition: firstPosition, threads: pool.threads
            ) { form(keys, values, lanes: $0) }
            attend(call)
        }
    }

    private func form(_ keys: PagedRows, _ values: PagedRows, lanes: Int) -> TiledAttention.Form {
        guard arithmetic == .eightBit else { return .decoded }
        if let layout = LatentTileLayout(RoundedKernels(kernels.form), keys: keys, values: values) {
            return .latent(layout)
        }
        guard let integers = integerKernels(keys, values) else { return .decoded }
        return .stored(PackedTileLayout(integers, lanes: lanes, keyWidth: keys.width, valueWidth: values.width))
    }

    /// Rows that several blocks of lanes look at are packed once for all of them.
    private func attend(_ call: TiledAttention) {
        guard call.blocksPerHead > 1 else { return attendInBlocks(call) }
        switch call.form {
        case .stored(let layout): attendStored(call, layout)
        case .latent(let layout): attendLatents(call, layout)
        case .decoded, .expanded: attendInBlocks(call)
        }
    }

    private func attendLatents(_ call: TiledAttention, _ layout: LatentTileLayout) {
        let count = RoundedTile.count(rows: call.rowCount)
        let scratchBytes = layout.scratchBytes + call.storedTileBytes
        withUnsafeTemporaryAllocation(byteCount: count * layout.byteCount, alignment: 64) { memory in
            guard let memory = memory.baseAddress else { return }
            let tiles = LatentTiles(layout, memory: memory)
            pool.parallel(count: count, grain: grain(cost: 4 * RoundedTile.rows * layout.groups.width)) { range in
                withUnsafeTemporaryAllocation(byteCount: scratchBytes, alignment: 64) { scratch in
                    guard let scratch = scratch.baseAddress else { return }
                    for index in range {
                        let first = index * RoundedTile.rows
                        let rows = first..<min(first + RoundedTile.rows, call.rowCount)
                        tiles[index].pack(
                            call.keys.storedRows(rows, 0, scratch + layout.scratchBytes), rowBytes: call.keys.rowBytes,
                            count: rows.count, scratch: scratch)
                    }
                }
            }
            attendInBlocks(call.part(0..<1, latents: tiles))
        }
    }

    /// For as many key heads at a time as there is room for.
    private func attendStored(_ call: TiledAttention, _ layout: PackedTileLayout) {
        let headBytes = PackedTiles.byteCount(layout, heads: 1, rows: call.rowCount)
        let some = min(max(expansionBudget / headBytes, 1), call.keys.heads)
        withUnsafeTemporaryAllocation(byteCount: headBytes * some, alignment: 64) { memory in
            guard let memory = memory.baseAddress else { return }
            for first in stride(from: 0, to: call.keys.heads, by: some) {
                let heads = first..<min(first + some, call.keys.heads)
                let tiles = PackedTiles(layout, firstHead: first, rowCount: call.rowCount, memory: memory)
                pack(call, heads, into: tiles)
                attendInBlocks(call.part(heads, packed: tiles))
            }
        }
    }

    private func pack(_ call: TiledAttention, _ heads: Range<Int>, into tiles: PackedTiles) {
        let (layout, tilesPerHead) = (tiles.layout, tiles.tilesPerHead)
        pool.parallel(
            count: heads.count * tilesPerHead,
            grain: grain(cost: AttentionKernels.tileRows * (layout.keyWidth + layout.valueWidth))
        ) { range in
            withUnsafeTemporaryAllocation(byteCount: call.storedTileBytes, alignment: 64) { copy in
                guard let copy = copy.baseAddress else { return }
                for index in range {
                    let (head, place) = (heads.lowerBound + index / tilesPerHead, index % tilesPerHead)
                    let (tile, count) = tiles.tile(head, place)
                    let first = place * AttentionKernels.tileRows
                    call.pack(first..<first + count, head, layout, into: tile, copy: copy)
                }
            }
        }
    }

    func attendInBlocks(_ call: TiledAttention) {
        if call.blockCount >= 2 * pool.threads || call.segmentCount == 1 {
            attendWholly(call)
        } else {
            attendInSegments(call)
        }
    }

    /// The kernels for rows that are kept in 8 bits.
    private func integerKernels(_ keys: PagedRows, _ values: PagedRows) -> IntegerKernels? {
        guard keys.canMultiplyAsStored, values.canMultiplyAsStored else { return nil }
        return IntegerKernels(.q8_0, form: kernels.form)
    }

    /// Each block of lanes on one thread, segment after segment.
    private func attendWholly(_ call: TiledAttention) {
        shared(call.blockCount, cost: call.work / call.blockCount, call) { index, _, scratch in
            let block = call.block(index)
            call.load(block, into: scratch)
            for segment in call.segments(of: block) {
                call.gather(segment, block, scratch, into: segment == 0 ? scratch.sums : scratch.part)
                if segment > 0 { call.merge(segment, scratch.part, into: scratch.sums, block) }
            }
            call.finish(scratch.sums, block)
        }
    }

    /// Few blocks over many rows: segments are shared out, some at a time, and then merged in their order.
    private func attendInSegments(_ call: TiledAttention) {
        let (blocks, segments) = (call.blockCount, call.segmentCount)
        let size = WeightedSums.size(lanes: call.lanesPerBlock, width: call.values.width)
        let round = min(segments, max(pool.threads, TiledAttention.partsBudget / (size * blocks)))
        withUnsafeTemporaryAllocation(of: Float.self, capacity: size * blocks * (round + 1)) { memory in
            guard let memory = memory.baseAddress else { return }
            // Sums of block b, then its parts: one of each segment of a round.
            let slot = { index in
                WeightedSums(memory + index * size, lanes: call.lanesPerBlock, width: call.values.width)
            }
            let sums = { block in slot(block * (round + 1)) }
            let part = { block, segment in slot(block * (round + 1) + 1 + segment % round) }
            for first in stride(from: 0, to: segments, by: round) {
                let some = min(round, segments - first)
                shared(blocks * some, cost: call.work / (blocks * segments), call) { index, previous, scratch in
                    let (block, segment) = (index / some, first + index % some)
                    if previous.map({ $0 / some }) != block { call.load(call.block(block), into: scratch) }
                    call.gather(
                        segment, call.block(block), scratch, into: segment == 0 ? sums(block) : part(block, segment))
                }
                pool.parallel(count: blocks, grain: grain(cost: some * size)) { range in
                    for index in range {
                        for segment in max(first, 1)..<max(first + some, 1) {
                            call.merge(segment, part(index, segment), into: sums(index), call.block(index))
                        }
                    }
                }
            }
            for index in 0..<blocks { call.finish(sums(index), call.block(index)) }
        }
    }

    /// Calls `body` once for each index below `count`, on threads that take the next index when they are done with one:
    /// results do not depend on which thread does what. `body` also gets what the thread did before.
    private func shared(
        _ count: Int, cost: Int, _ call: TiledAttention, _ body: (Int, _ previous: Int?, AttentionScratch) -> Void
    ) {
        let next = Atomic<Int>(0)
        let parts = min(pool.threads, (count - 1) / grain(cost: cost) + 1)
        pool.parallel(count: parts) { _ in
            AttentionScratch.with(call) { scratch in
                var previous: Int?
                while true {
                    let index = next.add(1, ordering: .relaxed).oldValue
                    guard index < count else { return }
                    body(index, previous, scratch)
                    previous = index
                }
            }
        }
    }
}
