/// A set of bytes below 128.
struct LowByteSet: Sendable, Equatable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    mutating func insert(_ byte: UInt8) {
        switch byte {
        case 0..<64: low |= 1 << UInt64(byte)
        case 64..<128: high |= 1 << UInt64(byte - 64)
        default: break
        }
    }

    mutating func formUnion(_ other: LowByteSet) {
        low |= other.low
        high |= other.high
    }

    @inline(__always)
    func contains(_ other: LowByteSet) -> Bool { (other.low & ~low) | (other.high & ~high) == 0 }
}
