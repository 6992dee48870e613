/// A 64-bit number that tells whether bytes are still the same: XXH64 (Collet, xxHash specification 0.1.1).
///
/// It finds damage and keys caches. It does not withstand someone who wants two contents to have the same number.
package struct ContentHash: Sendable {
    private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
        0x27D4_EB2F_1656_67C5
    )
    private static let stripe = 32

    private let seed: UInt64
    private var lanes: (UInt64, UInt64, UInt64, UInt64)
    /// Bytes that do not yet make a stripe.
    private var pending: [UInt8] = []
    private var byteCount: UInt64 = 0

    package init(seed: UInt64 = 0) {
        let (first, second) = (ContentHash.primes.0, ContentHash.primes.1)
        self.seed = seed
        lanes = (seed &+ first &+ second, seed &+ second, seed, seed &- first)
    }

    /// The number of `bytes`.
    package static func of(_ bytes: some Sequence<UInt8>, seed: UInt64 = 0) -> UInt64 {
        var hash = ContentHash(seed: seed)
        hash.update(bytes)
        return hash.value
    }

    /// Adds bytes at the end.
    package mutating func update(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
        if done == nil { Array(bytes).withUnsafeBytes { update($0) } }
    }

    /// Adds a number, as eight bytes from the lowest up.
    package mutating func update(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { update($0) }
    }

    /// Adds bytes at the end.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount &+= UInt64(bytes.count)
        var rest = bytes[...]
        if !pending.isEmpty {
            let taken = min(ContentHash.stripe - pending.count, rest.count)
            pending.append(contentsOf: rest.prefix(taken))
            rest = rest.dropFirst(taken)
            guard pending.count == ContentHash.stripe else { return }
            let whole = pending
            whole.withUnsafeBytes { mix($0, at: 0) }
            pending.removeAll(keepingCapacity: true)
        }
        while rest.count >= ContentHash.stripe {
            mix(bytes, at: rest.startIndex)
            rest = rest.dropFirst(ContentHash.stripe)
        }
        pending.append(contentsOf: rest)
    }

    /// The number of all bytes so far.
    package var value: UInt64 {
        let (first, second, third, fourth, fifth) = ContentHash.primes
        var hash = seed &+ fifth
        if byteCount >= UInt64(ContentHash.stripe) {
            hash =
                rotated(lanes.0, 1) &+ rotated(lanes.1, 7) &+ rotated(lanes.2, 12) &+ rotated(lanes.3, 18)
            for lane in [lanes.0, lanes.1, lanes.2, lanes.3] { hash = (hash ^ round(0, lane)) &* first &+ fourth }
        }
        hash &+= byteCount
        pending.withUnsafeBytes { rest in
            var place = 0
            while place + 8 <= rest.count {
                hash = rotated(hash ^ round(0, word(rest, at: place)), 27) &* first &+ fourth
                place += 8
            }
            if place + 4 <= rest.count {
                let half = UInt64(UInt32(littleEndian: rest.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
                hash = rotated(hash ^ half &* first, 23) &* second &+ third
                place += 4
            }
            for byte in rest[place...] { hash = rotated(hash ^ UInt64(byte) &* fifth, 11) &* first }
        }
        hash = (hash ^ hash >> 33) &* second
        hash = (hash ^ hash >> 29) &* third
        return hash ^ hash >> 32
    }

    // Everything here wraps on purpose, as hashing does.

    /// - Precondition: a stripe of `bytes` begins at `place`.
    @inline(__always)
    private mutating func mix(_ bytes: UnsafeRawBufferPointer, at place: Int) {
        lanes.0 = round(lanes.0, word(bytes, at: place))
        lanes.1 = round(lanes.1, word(bytes, at: place + 8))
        lanes.2 = round(lanes.2, word(bytes, at: place + 16))
        lanes.3 = round(lanes.3, word(bytes, at: place + 24))
    }

    @inline(__always)
    private func word(_ bytes: UnsafeRawBufferPointer, at place: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    @inline(__always)
    private func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotated(lane &+ input &* ContentHash.primes.1, 31) &* ContentHash.primes.0
    }

    @inline(__always)
    private func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
}
