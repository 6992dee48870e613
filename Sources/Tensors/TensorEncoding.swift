import Synchronization

/// Values that cannot be quantized: some of a tensor's are infinite or no numbers.
package struct NotFinite: Error {}

extension Tensor {
    /// Values that a thread decodes and encodes at a time: few enough for its second-level cache.
    private static let valuesAtOnce = 1 << 16

    /// Rows `range` of all rows, whatever the rank, in `type`: copied where they are stored so, otherwise by way of f32.
    ///
    /// - Parameter importance: how much an error in each column counts: numbers for one row, or for one row of each of equally
    ///   many parts of the tensor's rows, such as the experts of a mixture.
    /// - Throws: `NotFinite` if a value that is to be quantized is infinite or no number.
    /// - Precondition: `type.isEncodable`, or the tensor's own; whole blocks.
    package func encodedRows(
        _ range: Range<Int>, as type: ElementType, importance: [Float]? = nil, pool: ThreadPool
    ) throws -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= shape.rows, "rows of this tensor")
        guard let targetBytes = type.byteCount(ofRowWithWidth: shape.width) else {
            preconditionFailure("a row is a whole number of blocks")
        }
        let isFinite = Atomic(true)
        let encoded = [UInt8](unsafeUninitializedCapacity: range.count * targetBytes) { buffer, count in
            count = range.count * targetBytes
            guard let target = UnsafeMutableRawPointer(buffer.baseAddress), count > 0 else { return }
            if type == elementType {
                // Safe: Tensor.init checked that all rows lie inside the storage, and `range` is within them.
                return target.copyMemory(from: bytes + range.lowerBound * rowBytes, byteCount: count)
            }
            guard let encoder = RowEncoder(type) else { preconditionFailure("\(type.rawValue) rows are only read") }
            let rowsAtOnce = max(Tensor.valuesAtOnce / max(shape.width, 1), 1)
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
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count * shape.width) { values in
            // Safe: Tensor.init checked that all rows lie inside the storage; rows are whole blocks, so that they are one.
            decodeValues(bytes + rows.lowerBound * rowBytes, elementType, into: values)
            if encoder.type.valuesPerBlock > 1, !values.allSatisfy(\.isFinite) { return false }
            guard let importance else {
                encoder.encode(UnsafeBufferPointer(values), width: shape.width, to: target)
                return true
            }
            let bytesEach = encoder.type.byteCount(ofRowWithWidth: shape.width) ?? 0
            importance.withUnsafeBufferPointer { importance in
                for part in parts(of: rows, count: importance.count / shape.width) {
                    let start = (part.rows.lowerBound - rows.lowerBound) * shape.width
                    encoder.encode(
                        UnsafeBufferPointer(rebasing: values[start..<start + part.rows.count * shape.width]),
                        importance: UnsafeBufferPointer(
                            rebasing: importance[part.index * shape.width..<(part.index + 1) * shape.width]),
                        width: shape.width, to: target + (part.rows.lowerBound - rows.lowerBound) * bytesEach)
                }
            }
            return true
        }
    }

    /// `rows` cut where one of `count` equal parts of all rows ends.
    private func parts(of rows: Range<Int>, count: Int) -> [(index: Int, rows: Range<Int>)] {
        precondition(count > 0 && shape.rows % count == 0, "an importance for each of equal parts")
        let each = shape.rows / count
        return (rows.lowerBound / each...(rows.upperBound - 1) / each).map { index in
            (index, max(index * each, rows.lowerBound)..<min((index + 1) * each, rows.upperBound))
        }
    }

    /// Tells the system that rows `range` of a mapped tensor will not be needed again; nothing for others.
    package func forgetRows(_ range: Range<Int>) {
        storage.file?.forget(byteOffset + range.lowerBound * rowBytes..<byteOffset + range.upperBound * rowBytes)
    }
}
