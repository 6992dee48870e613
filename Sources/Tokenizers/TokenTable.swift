/// The bytes of every token, and the token of given bytes.
struct TokenTable: Sendable {
    /// All tokens' bytes, one after the other.
    private var bytes: [UInt8] = []
    /// Where each token's bytes begin; one more entry ends the last.
    private var starts: [Int] = [0]
    /// A hash table of ids; -1 where free. At most half full.
    private var slots: [Int32] = []

    var count: Int { starts.count - 1 }

    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        starts.reserveCapacity(capacity + 1)
    }

    /// Adds the token with the next id. If `isFindable`, `id(of:)` finds it by its bytes from now on.
    /// - Returns: the id that has the same bytes already, or `nil` if the token is the first to have them.
    mutating func append(_ token: [UInt8], isFindable: Bool) -> Int32? {
        bytes.append(contentsOf: token)
        starts.append(bytes.count)
        guard isFindable else { return nil }
        let slot = token.withUnsafeBufferPointer { self.slot(of: $0) }
        guard slots[slot] < 0 else { return slots[slot] }
        slots[slot] = Int32(truncatingIfNeeded: count - 1)
        return nil
    }

    /// The bytes of the token `id`, which is less than `count`.
    func bytes(of id: Int) -> ArraySlice<UInt8> { bytes[starts[id]..<starts[id + 1]] }

    /// The token that has exactly these bytes.
    func id(of token: UnsafeBufferPointer<UInt8>) -> Int32? {
        let id = slots[slot(of: token)]
        return id < 0 ? nil : id
    }

    func id(of token: [UInt8]) -> Int32? { token.withUnsafeBufferPointer { id(of: $0) } }

    private func slot(of token: UnsafeBufferPointer<UInt8>) -> Int {
        var slot = Int(truncatingIfNeeded: TokenTable.hash(token)) & (slots.count - 1)
        while slots[slot] >= 0, !isEqual(Int(slots[slot]), token) { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    private func isEqual(_ id: Int, _ token: UnsafeBufferPointer<UInt8>) -> Bool {
        let own = bytes(of: id)
        return own.count == token.count && own.elementsEqual(token)
    }

    /// FNV-1a with its bits mixed once more.
    private static func hash(_ token: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // Safe: wraps on purpose, as hashing does.
        for byte in token { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ hash >> 29
    }
}
