/// The rows of a matrix that is put together from stored ones: how weights move from one container's layout to another's.
///
/// Nothing is copied when it is made; rows are decoded a few at a time, when they are asked for.
package struct AssembledRows: Sendable {
    /// A run of rows that come from one stored matrix.
    package struct Part: Sendable {
        /// Which of the stored rows each row is.
        package enum Order: Sendable, Equatable {
            case stored
            /// Of each head, a row of its first half and one of its second in turn: pairs that are turned together, which
            /// Hugging Face's Llama layout keeps in two halves, become neighbours, as llama.cpp wants them.
            case interleaved(headSize: Int)
            /// The inverse: neighbours go to the first and the second half of their head.
            case separated(headSize: Int)
            /// The columns of the stored matrix.
            case transposed
        }

        /// [rows, columns], as stored.
        fileprivate let tensor: Tensor
        /// Only for `f8e4m3`: the factors of its blocks.
        fileprivate let scales: BlockScales?
        /// What an adapter adds to the rows.
        fileprivate let term: LowRankTerm?
        fileprivate let order: Order

        fileprivate var rows: Int { order == .transposed ? tensor.shape[1] : tensor.shape[0] }
        fileprivate var width: Int { order == .transposed ? tensor.shape[0] : tensor.shape[1] }

        /// - Precondition: whole heads, where rows change places in them.
        package init(_ weight: Weight, _ order: Order = .stored) {
            self.init(weight.tensor, weight.scales, weight.term, order)
        }

        fileprivate init(_ tensor: Tensor, _ scales: BlockScales?, _ term: LowRankTerm?, _ order: Order) {
            switch order {
            case .interleaved(let size), .separated(let size):
                precondition(size > 0 && size % 2 == 0 && tensor.shape[0] % size == 0, "whole heads of two halves")
            case .stored, .transposed: break
            }
            (self.tensor, self.scales, self.term, self.order) = (tensor, scales, term, order)
        }
    }

    /// Values of a row.
    package let width: Int
    /// Rows of all parts.
    package let count: Int
    private let parts: [Part]
    /// The first row of each part.
    private let starts: [Int]

    /// - Precondition: one part at least, all of one width.
    package init(_ parts: [Part]) {
        precondition(!parts.isEmpty && parts.allSatisfy { $0.width == parts[0].width }, "rows of one width")
        self.parts = parts
        width = parts[0].width
        var starts: [Int] = []
        var count = 0
        for part in parts {
            starts.append(count)
            count += part.rows
        }
        (self.starts, self.count) = (starts, count)
    }

    /// All rows of `tensor`, whatever its rank.
    package init(_ tensor: Tensor) {
        self.init([Part(tensor.reshaped([tensor.shape.rows, tensor.shape.width]), nil, nil, .stored)])
    }

    /// How the values of all parts are stored; `nil` where they differ.
    package var elementType: ElementType? {
        parts.allSatisfy { $0.tensor.elementType == parts[0].tensor.elementType } ? parts[0].tensor.elementType : nil
    }

    /// The types that the parts are stored in.
    package var elementTypes: Set<ElementType> { Set(parts.map(\.tensor.elementType)) }

    /// The scales of an FP8 matrix that is taken whole and as it is stored; `nil` for any other.
    package var storedScales: Tensor? {
        guard let part = parts.first, parts.count == 1, part.order == .stored, let scales = part.scales,
            part.term == nil, scales.firstRow == 0
        else { return nil }
        return scales.tensor
    }

    /// Calls `body` for each part that rows `range` touch, with the rows of that part.
    private func forEachPart(in range: Range<Int>, _ body: (Part, Range<Int>) -> Void) {
        guard !range.isEmpty else { return }
        var index = firstPart(from: range.lowerBound)
        while index < parts.count, starts[index] < range.upperBound {
            let first = max(range.lowerBound, starts[index])
            let end = min(range.upperBound, starts[index] + parts[index].rows)
            if first < end { body(parts[index], first - starts[index]..<end - starts[index]) }
            index += 1
        }
    }

    /// The part that has row `row`: the last that starts no later.
    private func firstPart(from row: Int) -> Int {
        var (low, high) = (0, parts.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= row { low = middle } else { high = middle - 1 }
        }
        return low
    }
}

extension AssembledRows {
    /// All rows in f32, in memory of their own.
    package func decoded() -> Tensor {
        let result = Tensor(uninitialized: [count, width])
        result.withMutableFloats { decode(0..<count, into: $0) }
        return result
    }

    /// Decodes rows `range` to f32, FP8 ones with their scales, all with what adapters add.
    /// - Precondition: room for them at `target`; values are real numbers.
    func decode(_ range: Range<Int>, into target: UnsafeMutableBufferPointer<Float>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count && target.count == range.count * width)
        var done = 0
        forEachPart(in: range) { part, rows in
            let end = done + rows.count * width
            part.decode(rows, into: UnsafeMutableBufferPointer(rebasing: target[done..<end]))
            done = end
        }
    }

    /// Copies the stored bytes of rows `range`, where all of them are stored in `type`, none is a column, and none is adapted; scales of FP8
    /// values are left to the caller.
    /// - Returns: whether that could be done.
    func copy(_ range: Range<Int>, as type: ElementType, to target: UnsafeMutableRawPointer) -> Bool {
        var isStored = true
        forEachPart(in: range) { part, _ in
            isStored =
                isStored && part.tensor.elementType == type && part.order != .transposed && part.term == nil
        }
        guard isStored else { return false }
        var place = target
        forEachPart(in: range) { part, rows in
            part.copy(rows, to: place)
            place += rows.count * part.tensor.rowBytes
        }
        return true
    }

    /// Tells the system that rows `range` of mapped parts will not be needed again.
    package func forget(_ range: Range<Int>) {
        forEachPart(in: range) { part, rows in
            guard let stored = part.storedRows(of: rows) else { return }
            part.tensor.forgetRows(stored)
        }
    }
}

extension AssembledRows.Part {
    fileprivate func decode(_ range: Range<Int>, into target: UnsafeMutableBufferPointer<Float>) {
        switch order {
        case .transposed: decodeColumns(range, into: target)
        case .stored where scales == nil && term == nil:
            // Safe: Tensor.init checked that all rows lie inside the storage; rows are whole blocks, so that they are one.
            decodeValues(tensor.bytes + range.lowerBound * tensor.rowBytes, tensor.elementType, into: target)
        case .stored, .interleaved, .separated:
            for (place, row) in range.enumerated() {
                let values = target[place * width..<(place + 1) * width]
                decodeRow(storedRow(row), into: UnsafeMutableBufferPointer(rebasing: values))
            }
        }
    }

    private func decodeRow(_ row: Int, into target: UnsafeMutableBufferPointer<Float>) {
        // Safe: Tensor.init checked that all rows lie inside the storage.
        decodeValues(tensor.bytes + row * tensor.rowBytes, tensor.elementType, into: target)
        scales?.multiply(target, ofRow: row)
        term?.add(toRow: row, target)
    }

    /// Columns `range`, each as a row.
    private func decodeColumns(_ range: Range<Int>, into target: UnsafeMutableBufferPointer<Float>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: tensor.shape[1]) { row in
            for index in 0..<tensor.shape[0] {
                decodeRow(index, into: row)
                for (place, column) in range.enumerated() { target[place * width + index] = row[column] }
            }
        }
    }

    fileprivate func copy(_ range: Range<Int>, to target: UnsafeMutableRawPointer) {
        // Safe, both: Tensor.init checked that all rows lie inside the storage; the caller has room for the bytes of `range`.
        guard order != .stored else {
            let first = tensor.bytes + range.lowerBound * tensor.rowBytes
            return target.copyMemory(from: first, byteCount: range.count * tensor.rowBytes)
        }
        for (place, row) in range.enumerated() {
            (target + place * tensor.rowBytes).copyMemory(
                from: tensor.bytes + storedRow(row) * tensor.rowBytes, byteCount: tensor.rowBytes)
        }
    }

    /// The stored row that row `row` is; not for columns.
    private func storedRow(_ row: Int) -> Int {
        switch order {
        case .stored, .transposed: row
        case .interleaved(let size): row / size * size + row % size % 2 * (size / 2) + row % size / 2
        case .separated(let size): row / size * size + row % size % (size / 2) * 2 + row % size / (size / 2)
        }
    }

    /// The stored rows that rows `range` come from, whole heads of them; of columns all, once the last is asked for.
    fileprivate func storedRows(of range: Range<Int>) -> Range<Int>? {
        switch order {
        case .stored: return range
        case .transposed: return range.upperBound == rows ? 0..<tensor.shape[0] : nil
        case .interleaved(let size), .separated(let size):
            return range.lowerBound / size * size..<(range.upperBound + size - 1) / size * size
        }
    }
}
