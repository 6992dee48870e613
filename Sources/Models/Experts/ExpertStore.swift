import Files
import Tensors

/// The routed experts of a model that is larger than memory: read from the file when they are chosen, and kept as long as
/// nothing else has been chosen more recently.
///
/// Memory is bounded: it is allocated once, in slots that hold the three matrices of an expert (see `ExpertShelf`). All
/// reads of a visit are handed to the readers at once; experts that are in memory are computed while others are read, and
/// each of these as soon as it is there. A visit to more experts than there are slots goes through them in turns, so that
/// each is read once for all of its tokens.
///
/// Any number of threads may visit at the same time. A visitor never waits for a slot while another waits for one of
/// its own: it works off and lets go of what it holds first, which needs no further slot.
package final class ExpertStore: Sendable {
    /// Opens a file for the store's readers, given its path and size.
    package typealias Opener = @Sendable (String, Int) throws -> any PagedFile

    /// Where everything lies in the mapped file; only its readers look there, and not through the mapping.
    private let layers: [ExpertWeights]
    private let shelves: [ExpertShelf]
    private let shelfOfLayer: [Int]
    private let memories: [WeightSlots]
    private let tables: Monitor<[SlotTable]>
    private let files: [String: any PagedFile]
    private let readers: ReaderThreads

    /// Disks of several kinds are at their fastest with this many requests at a time, of this size. Larger ones would
    /// also let several experts arrive together at the end, where the first could be computed while others are read.
    private static let readsAtOnce = 8
    private static let bytesAtOnce = 512 << 10

    /// A store for the experts of `layers` in at most `budget` bytes.
    /// - Returns: `nil` if they all fit, or cannot be read because they are in no file: then they are best left as they are.
    /// - Throws: `InputError` if the budget is too small for one token, or a file cannot be opened.
    init?(_ layers: [ExpertWeights], perToken: Int, budget: Int, open: Opener) throws {
        let sizes = layers.map { layer in (0..<layer.count).map { layer[$0].places?.end } }
        guard let first = layers.first, sizes.allSatisfy({ $0.allSatisfy { $0 != nil } }),
            let shelves = try ExpertShelf.shelves(
                slotBytes: sizes.map { $0.compactMap(\.self).max() ?? 0 }, expertCount: first.count,
                perToken: perToken, budget: budget)
        else { return nil }
        self.layers = layers
        self.shelves = shelves
        self.shelfOfLayer = shelves.enumerated().flatMap { index, shelf in shelf.layers.map { _ in index } }
        self.memories = shelves.map { WeightSlots(count: $0.slots, slotBytes: $0.slotBytes) }
        self.tables = Monitor(
            shelves.map { SlotTable(slots: $0.slots, experts: $0.layers.count * first.count) })
        self.files = try ExpertStore.files(of: layers, open)
        self.readers = ReaderThreads(count: ExpertStore.readsAtOnce)
    }

    private static func files(of layers: [ExpertWeights], _ open: Opener) throws -> [String: any PagedFile] {
        var files: [String: any PagedFile] = [:]
        for weight in layers.flatMap({ $0.gates + $0.ups + $0.downs }) {
            guard let file = weight.file, files[file.path] == nil else { continue }
            files[file.path] = try open(file.path, file.byteCount)
        }
        return files
    }

    /// Bytes of all slots.
    package var byteCount: Int { shelves.reduce(0) { $0 + $1.bytes } }

    /// How many experts fit.
    package var slotCount: Int { shelves.reduce(0) { $0 + $1.slots } }

    // MARK: Visits

    /// Calls `body` with all of `experts` of a layer, some at a time, each once.
    /// - Parameters:
    ///   - experts: in ascending order, each once.
    ///   - meanwhile: called once, when the first reads are under way.
    ///   - body: takes places in `experts` and the weights of the experts there; it must not keep the weights.
    /// - Throws: `InputError` if an expert cannot be read. The store is as usable then as before.
    func visit(
        _ experts: [Int], ofLayer layer: Int, _ use: ExpertUse?, meanwhile: () -> Void,
        _ body: (_ places: [Int], ExpertWeights) -> Void
    ) throws {
        let shelf = shelfOfLayer[layer]
        var visit = Visit(experts: experts, layer: layer, shelf: shelf)
        defer { release(visit.held, of: shelf) }
        let reads = tables.change { begin(&visit, &$0[shelf], use) }
        readers.submit(reads)
        meanwhile()
        while let turn = try next(&visit, use) {
            var weights = ExpertWeights()
            for held in turn { weights.append(expert(layers[layer][experts[held.place]], in: held.slot, of: shelf)) }
            body(turn.map(\.place), weights)
            release(turn, of: shelf)
            visit.held.removeFirst(turn.count)
        }
    }

    /// What a visitor has, and what it still wants.
    private struct Visit {
        let experts: [Int]
        let layer: Int
        let shelf: Int
        /// In the order of their turns.
        var held: [Held] = []
        /// Places in `experts` that have no slot yet.
        var missing: [Int] = []
    }

    /// A slot and the place in the visit's experts that it is for.
    private struct Held {
        let place: Int
        let slot: Int
    }

    /// Holds what is in memory, so that nothing else pushes it out, and claims slots for the rest.
    private func begin(_ visit: inout Visit, _ table: inout SlotTable, _ use: ExpertUse?) -> [ReaderThreads.Job] {
        let foreseen = visit.experts.indices.count { table.isGuess(key(visit, $0)) }
        for place in visit.experts.indices {
            if let slot = table.hold(key(visit, place)) {
                visit.held.append(Held(place: place, slot: slot))
            } else {
                visit.missing.append(place)
            }
        }
        // What is there can be computed while guesses are still on their way.
        visit.held = visit.held.filter { table.isReady($0.slot) } + visit.held.filter { !table.isReady($0.slot) }
        use?.count(foreseen: foreseen)
        use?.count(hits: visit.held.count - foreseen)
        table.endGuesses(among: keys(ofLayer: visit.layer))
        return claim(&visit, &table, use)
    }

    /// Claims slots for what is missing, as many as there are.
    private func claim(_ visit: inout Visit, _ table: inout SlotTable, _ use: ExpertUse?) -> [ReaderThreads.Job] {
        var jobs: [ReaderThreads.Job] = []
        while let place = visit.missing.first {
            // Another visitor may have asked for it meanwhile.
            let known = table.hold(key(visit, place))
            let expert = layers[visit.layer][visit.experts[place]]
            let pieces = known == nil ? pieces(of: expert) : []
            guard let slot = known ?? table.claim(key(visit, place), reads: pieces.count) else { break }
            visit.missing.removeFirst()
            visit.held.append(Held(place: place, slot: slot))
            if known == nil {
                let shelf = visit.shelf
                jobs += pieces.map { piece in { [self] in read(piece, into: slot, of: shelf) } }
                use?.count(missOf: expert.places?.end ?? 0)
            } else {
                use?.count(hits: 1)
            }
        }
        return jobs
    }

    private enum Event {
        case reads([ReaderThreads.Job])
        case turn([Held])
        case failure(any Error)
        case end
    }

    /// The experts whose turn it is: those at the front that are ready, at least one; `nil` when all had theirs.
    ///
    /// Turns keep the order in which slots were claimed, so that it depends on no disk what is let go of first.
    private func next(_ visit: inout Visit, _ use: ExpertUse?) throws -> [Held]? {
        let clock = ContinuousClock()
        let start = clock.now
        defer { use?.count(waiting: clock.now - start) }
        while true {
            switch tables.wait({ event(&visit, &$0[visit.shelf], use) }) {
            case .reads(let jobs): readers.submit(jobs)
            case .turn(let turn): return turn
            case .failure(let error): throw error
            case .end: return nil
            }
        }
    }

    private func event(_ visit: inout Visit, _ table: inout SlotTable, _ use: ExpertUse?) -> Event? {
        let jobs = claim(&visit, &table, use)
        if !jobs.isEmpty { return .reads(jobs) }
        guard let first = visit.held.first else { return visit.missing.isEmpty ? .end : nil }
        if case .failed(let error) = table.content(of: first.slot) {
            guard table.isReadAhead(first.slot) else { return .failure(error) }
            // That failed before this visit, perhaps. Its own reads tell whether it can be read now.
            table.release(first.slot)
            visit.missing.append(visit.held.removeFirst().place)
            return .reads([])
        }
        let turn = visit.held.prefix { table.isReady($0.slot) }
        return turn.isEmpty ? nil : .turn(Array(turn))
    }

    private func release(_ held: [Held], of shelf: Int) {
        guard !held.isEmpty else { return }
        tables.change { tables in
            for held in held { tables[shelf].release(held.slot) }
        }
    }

    private func key(_ visit: Visit, _ place: Int) -> Int {
        keys(ofLayer: visit.layer).lowerBound + visit.experts[place]
    }

    /// The numbers that a layer's experts have on its shelf.
    private func keys(ofLayer layer: Int) -> Range<Int> {
        let count = layers[layer].count
        let first = (layer - shelves[shelfOfLayer[layer]].layers.lowerBound) * count
        return first..<first + count
    }

    // MARK: Foresight

    /// Reads those of `experts` that are not in memory, where that pushes out none of the others, behind all that is being
    /// read already. What has not come when the layer is visited, and is not wanted then, is left unread.
    /// - Parameter experts: the likeliest first, each once.
    func foresee(_ experts: [Int], ofLayer layer: Int, _ use: ExpertUse?) {
        let (shelf, first) = (shelfOfLayer[layer], keys(ofLayer: layer).lowerBound)
        let guesses = tables.change { tables in
            tables[shelf].guess(experts.map { first + $0 }) { pieces(of: layers[layer][$0 - first]).count }
        }
        for (key, slot) in guesses {
            let jobs = pieces(of: layers[layer][key - first]).map { piece -> ReaderThreads.Job in
                { [self] in readGuess(piece, into: slot, of: shelf, use) }
            }
            readers.submit(jobs)
        }
    }

    private func readGuess(_ piece: Piece, into slot: Int, of shelf: Int, _ use: ExpertUse?) {
        let isAbandoned = tables.change { tables in
            guard tables[shelf].isAbandoned(slot) else { return false }
            tables[shelf].finishReading(slot, failure: nil)
            return true
        }
        guard !isAbandoned else { return }
        use?.count(readAhead: piece.span.byteCount)
        read(piece, into: slot, of: shelf)
    }

    // MARK: Reading

    private func read(_ piece: Piece, into slot: Int, of shelf: Int) {
        var failure: (any Error)?
        do {
            try memories[shelf].read(piece.span, from: piece.file, into: slot, at: piece.offset)
        } catch { failure = error }
        tables.change { $0[shelf].finishReading(slot, failure: failure) }
    }

    private struct Piece {
        let file: any PagedFile
        let span: PageSpan
        /// Where in the slot its pages begin.
        let offset: Int
    }

    private func pieces(of expert: Expert) -> [Piece] {
        guard let places = expert.places else { return [] }
        return zip(expert.matrices, places.offsets).flatMap { matrix, offset -> [Piece] in
            guard let path = matrix.file?.path, let file = files[path], let span = matrix.pageSpan else { return [] }
            return span.pieces(most: ExpertStore.bytesAtOnce).map {
                Piece(file: file, span: $0, offset: offset + $0.start - span.start)
            }
        }
    }

    /// `expert` with the bytes that were read into a slot.
    private func expert(_ expert: Expert, in slot: Int, of shelf: Int) -> Expert {
        guard let places = expert.places else { return expert }
        let moved = zip(expert.matrices, places.offsets).map { memories[shelf].weight($0, in: slot, at: $1) }
        return Expert(gate: moved[0], up: moved[1], down: moved[2])
    }
}

extension ExpertStore {
    /// The experts in memory by layer: for each, (layer, expert), the one used longest ago first on every shelf.
    var residents: [(layer: Int, expert: Int)] {
        let shelved = tables.change { $0.map(\.experts) }
        return zip(shelves, shelved).flatMap { shelf, experts in
            experts.map {
                (
                    shelf.layers.lowerBound + $0 / layers[shelf.layers.lowerBound].count,
                    $0 % layers[shelf.layers.lowerBound].count
                )
            }
        }
    }
}
