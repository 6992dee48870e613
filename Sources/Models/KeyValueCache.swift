import Files
import Synchronization
import Tensors

/// What one layer keeps for every token: a row of keys and, unless values are part of them, a row of values.
package struct CachedLayer: Sendable, Equatable {
    /// Heads × size of the keys; a latent layer keeps one "head" of latent and rotary key.
    let keyHeads: Int
    let keySize: Int
    /// Size of a value head; a latent layer's values are the first part of its key row.
    let valueSize: Int
    let sharesRow: Bool

    func bytes(_ type: ElementType, rows: Int) -> (keys: Int, values: Int)? {
        guard let keys = PagedRows.rowBytes(type, values: keyHeads * keySize),
            let values = PagedRows.rowBytes(type, values: keyHeads * valueSize)
        else { return nil }
        // Sections start at cache lines.
        let aligned = { (bytes: Int) in (bytes * rows + 63) / 64 * 64 }
        return (aligned(keys), sharesRow ? 0 : aligned(values))
    }
}

/// The layout of a page: `rowsPerPage` tokens of all layers, one layer after another.
package struct KeyValueLayout: Sendable {
    package static let elementTypes: [ElementType] = [.f32, .f16, .bf16, .q8_0]

    package let elementType: ElementType
    package let rowsPerPage: Int
    let layers: [CachedLayer]
    /// Where each layer's keys and values start in a page.
    let offsets: [(keys: Int, values: Int)]
    package let bytesPerPage: Int

    package init(layers: [CachedLayer], elementType: ElementType, rowsPerPage: Int = 64) {
        precondition(KeyValueLayout.elementTypes.contains(elementType) && rowsPerPage > 0)
        self.layers = layers
        self.elementType = elementType
        self.rowsPerPage = rowsPerPage
        var offsets: [(keys: Int, values: Int)] = []
        var end = 0
        for layer in layers {
            guard let bytes = layer.bytes(elementType, rows: rowsPerPage) else { preconditionFailure("not a layout") }
            offsets.append((end, layer.sharesRow ? end : end + bytes.keys))
            end += bytes.keys + bytes.values
        }
        self.offsets = offsets
        self.bytesPerPage = end
    }

    /// Bytes that one more token costs, padding aside.
    package var bytesPerToken: Int { bytesPerPage / rowsPerPage }
}

/// Pages of equal size for the sequences of one model; freed pages are used again.
package final class KeyValuePool: Sendable {
    package let layout: KeyValueLayout
    /// The most pages that may be out at once; `nil` for as many as memory holds.
    private let limit: Int?
    private let state = Mutex((free: [Storage](), out: 0))

    package init(layout: KeyValueLayout, limit: Int? = nil) {
        self.layout = layout
        self.limit = limit
    }

    /// Pages that sequences hold at present.
    package var pagesInUse: Int { state.withLock { $0.out } }

    /// Pages that can still be taken; `nil` for as many as memory holds.
    package var pagesLeft: Int? { limit.map { $0 - pagesInUse } }

    /// A page of which nothing is written yet.
    /// - Throws: `InputError` if all pages are in use.
    package func take() throws -> KeyValuePage {
        let storage: Storage? = try state.withLock { state in
            if let limit, state.out >= limit {
                throw InputError(
                    .excessive, source: "key-value cache", found: "all \(limit) pages are in use",
                    expected: "a free page", advice: "end another conversation, or allow more cache memory")
            }
            state.out += 1
            return state.free.popLast()
        }
        return KeyValuePage(storage: storage ?? Storage(byteCount: layout.bytesPerPage), pool: self)
    }

    fileprivate func giveBack(_ storage: Storage) {
        state.withLock { state in
            state.out -= 1
            state.free.append(storage)
        }
    }
}

/// A page on loan from its pool; several sequences may hold it once it is full.
package final class KeyValuePage: Sendable {
    /// The bytes of all layers, laid out as the pool's layout says.
    package let storage: Storage
    private let pool: KeyValuePool
    /// How the bytes are laid out.
    package var layout: KeyValueLayout { pool.layout }

    fileprivate init(storage: Storage, pool: KeyValuePool) {
        self.storage = storage
        self.pool = pool
    }

    deinit { pool.giveBack(storage) }
}

/// The keys and values of one sequence: a table of pages and the number of tokens in them.
package final class KeyValueCache {
    package let pool: KeyValuePool
    /// Tokens whose keys and values are complete in all layers.
    package private(set) var count = 0
    private var pages: [KeyValuePage] = []
    /// The pages' storages, as attention takes them; kept beside `pages` so that no step builds a list.
    private var storages: [Storage] = []

    package init(pool: KeyValuePool) { self.pool = pool }

    /// Makes room for `extra` more tokens. Pages shared with another sequence are replaced before they are written.
    /// - Throws: `InputError` if the pool has too few pages left; the cache then holds no more of them than before.
    package func reserve(_ extra: Int) throws { try reserve(rows: count..<count + extra) }

    /// Makes room for `range`, which may begin before the last token: a prediction layer writes its rows later.
    func reserve(rows range: Range<Int>) throws {
        let rows = pool.layout.rowsPerPage
        let held = pages.count
        do {
            if !range.isEmpty {
                for page in range.lowerBound / rows..<max(range.lowerBound / rows, held) { try makePrivate(page) }
            }
            while pages.count * rows < range.upperBound { append(try pool.take()) }
        } catch {
            keep(held)
            throw error
        }
    }

    private func append(_ page: KeyValuePage) {
        pages.append(page)
        storages.append(page.storage)
    }

    private func keep(_ kept: Int) {
        pages.removeSubrange(kept...)
        storages.removeSubrange(kept...)
    }

    /// Counts `extra` tokens as complete, after a step has written them in every layer.
    package func advance(_ extra: Int) {
        precondition(count + extra <= pages.count * pool.layout.rowsPerPage)
        count += extra
    }

    /// Forgets all tokens from `length` on.
    package func truncate(to length: Int) {
        precondition(length >= 0 && length <= count)
        count = length
        keep(pageCount(of: length))
    }

    private func pageCount(of length: Int) -> Int {
        (length + pool.layout.rowsPerPage - 1) / pool.layout.rowsPerPage
    }

    /// Another sequence with the same tokens so far; pages are shared until one of the two writes.
    package func fork() -> KeyValueCache {
        let copy = KeyValueCache(pool: pool)
        copy.count = count
        // Pages that are reserved but empty stay with this sequence: both would write them without noticing.
        copy.pages = Array(pages.prefix(pageCount(of: count)))
        copy.storages = Array(storages.prefix(pageCount(of: count)))
        return copy
    }

    /// Another sequence with the same tokens so far, in pages of its own.
    /// - Throws: `InputError` if the pool has too few pages left.
    package func copy() throws -> KeyValueCache {
        let copy = KeyValueCache(pool: pool)
        try copy.reserve(count)
        for (own, other) in zip(copy.storages, storages) { own.copy(from: other) }
        copy.count = count
        return copy
    }

    /// Page `index`, all rows of which are complete, to be shared with other sequences.
    package func fullPage(_ index: Int) -> KeyValuePage {
        precondition((index + 1) * pool.layout.rowsPerPage <= count, "only full pages are shared")
        return pages[index]
    }

    /// Goes on with the tokens of a full page that another sequence with the same tokens so far has written.
    package func append(full page: KeyValuePage) {
        precondition(count % pool.layout.rowsPerPage == 0, "a page follows full pages")
        keep(count / pool.layout.rowsPerPage)
        append(page)
        count += pool.layout.rowsPerPage
    }

    /// Takes a page with the same rows in place of full page `index`, which then need not be kept twice.
    package func replace(full index: Int, with page: KeyValuePage) {
        precondition((index + 1) * pool.layout.rowsPerPage <= count, "only full pages are shared")
        pages[index] = page
        storages[index] = page.storage
    }

    /// Pages that `extra` more tokens will take from the pool, those that replace shared ones included.
    package func pagesNeeded(for extra: Int) -> Int {
        let shared = (count / pool.layout.rowsPerPage..<max(count / pool.layout.rowsPerPage, pages.count)).count {
            !isKnownUniquelyReferenced(&pages[$0])
        }
        return max(pageCount(of: count + extra) - pages.count, 0) + shared
    }

    /// All rows of `layer`; those from `count` on are not written yet.
    func rows(of layer: Int) -> (keys: PagedRows, values: PagedRows?) {
        let shape = pool.layout.layers[layer]
        let offset = pool.layout.offsets[layer]
        let keys = view(offset.keys, heads: shape.keyHeads, stride: shape.keySize, width: shape.keySize)
        guard !shape.sharesRow else { return (keys, nil) }
        return (keys, view(offset.values, heads: shape.keyHeads, stride: shape.valueSize, width: shape.valueSize))
    }

    private func view(_ offset: Int, heads: Int, stride: Int, width: Int) -> PagedRows {
        PagedRows(
            pages: storages, byteOffset: offset, rowsPerPage: pool.layout.rowsPerPage,
            elementType: pool.layout.elementType, heads: heads, headStride: stride, width: width)
    }

    private func makePrivate(_ index: Int) throws {
        guard index < pages.count, !isKnownUniquelyReferenced(&pages[index]) else { return }
        let page = try pool.take()
        page.storage.copy(from: storages[index])
        pages[index] = page
        storages[index] = page.storage
    }
}
