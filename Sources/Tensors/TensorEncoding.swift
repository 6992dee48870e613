import Synchronization

/// Values that cannot be quantized: some of a tensor's are infinite or no numbers.
package struct NotFinite: Error {}

extension AssembledRows {
    /// Values that a thread decodes and encodes at a time: few enough for its second-level cache.
    private static let valuesAtOnce = 1 << 16

    /// Rows `range` in `type`: copied where they are stored so, otherwise by way of f32.
    ///
    /// - Parameter importance: how much an error in each column counts: numbers for one row, or for one row of each of equally
    ///   many parts of all rows, such as the experts of a mixture.
    /// - Throws: `NotFinite` if a value that is to be quantized is infinite or no number.
    /// - Precondition: `type.isEncodable`, or the rows' own; whole blocks.
    package func encoded(
        _ range: Range<Int>, as type: ElementType, importance: [Float]? = nil, pool: ThreadPool
    ) throws -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "rows of this matrix")
        guard let targetBytes = type.byteCount(ofRowWithWidth: width) else {
            preconditionFailure("a row is a whole number of blocks")
        }
        let isFinite = Atomic(true)
        let encoded = [UInt8](unsafeUninitializedCapacity: range.count * targetBytes) { buffer, count in
            count = range.count * targetBytes
            guard let target = UnsafeMutableRawPointer(buffer.baseAddress), count > 0 else { return }
            if copy(range, as: type, to: target) { return }
            guard let encoder = RowEncoder(type) else { preconditionFailure("\(type.rawValue) rows are only read") }
            let rowsAtOnce = max(AssembledRows.valuesAtOnce / max(width, 1), 1)
            pool.parallelChunks(count: (range.count - 1) / rowsAtOnce + 1) { chunk in
                let first = range.lowerBound + chunk * rowsAtOnce
                let rows = first..<min(first + rowsAtOnce, range.upperBound)
                // Safe: each chunk writes the bytes of its own rows.
                let place = target + (first - range.lowerBound) * targetBytes
                if !encode(rows, encoder, importance, to: place) { isFinite.store(false, ordering: .relaxed) }
            }
        }
        guard isFinite.load(ordering: .relaxed) else { throw NotFinite() }
        return encoded
    }

    /// - Returns: whether all values are finite, or may be what they are.
    private func encode(
        _ rows: Range<Int>, _ encoder: RowEncoder, _ importance: [Float]?, to target: UnsafeMutableRawPointer
    ) -> Bool {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count * width) { values in
            decode(rows, into: values)
            if encoder.type.valuesPerBlock > 1, !values.allSatisfy(\.isFinite) { return false }
            guard let importance else {
                encoder.encode(UnsafeBufferPointer(values), width: width, to: target)
                return true
            }
            let bytesEach = encoder.type.byteCount(ofRowWithWidth: width) ?? 0
            importance.withUnsafeBufferPointer { importance in
                for share in shares(of: rows, count: importance.count / width) {
                    let start = (share.rows.lowerBound - rows.lowerBound) * width
                    encoder.encode(
                        UnsafeBufferPointer(rebasing: values[start..<start + share.rows.count * width]),
                        importance: UnsafeBufferPointer(
                            rebasing: importance[share.index * width..<(share.index + 1) * width]),
                        width: width, to: target + (share.rows.lowerBound - rows.lowerBound) * bytesEach)
                }
            }
            return true
        }
    }

    /// `rows` cut where one of `count` equal shares of all rows ends.
    private func shares(of rows: Range<Int>, count: Int) -> [(index: Int, rows: Range<Int>)] {
        precondition(count > 0 && self.count % count == 0, "an importance for each of equal shares")
        let each = self.count / count
        return (rows.lowerBound / each...(rows.upperBound - 1) / each).map { index in
            (index, max(index * each, rows.lowerBound)..<min((index + 1) * each, rows.upperBound))
        }
    }
}

extension Tensor {
    /// Tells the system that rows `range` of a mapped tensor will not be needed again; nothing for others.
    func forgetRows(_ range: Range<Int>) {
        storage.file?.forget(byteOffset + range.lowerBound * rowBytes..<byteOffset + range.upperBound * rowBytes)
    }
}
