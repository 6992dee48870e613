import Files

/// The log-probabilities of one row in 16 bits each, as llama.cpp keeps them: log p = scale · code + minimum, in f32.
///
/// What is more than `depth` below the likeliest token is raised to that, so that codes are fine where it matters.
struct CodedLogits: Equatable {
    static let depth: Float = 16

    let scale: Float
    /// The log-probability that code 0 stands for.
    let minimum: Float
    let codes: [UInt16]

    /// What a file said.
    init(scale: Float, minimum: Float, codes: [UInt16]) {
        (self.scale, self.minimum, self.codes) = (scale, minimum, codes)
    }

    /// The codes of `logits`, which add up to `sum`.
    init(_ logits: UnsafeBufferPointer<Float>, _ sum: LogitSum) {
        let smallest = logits.reduce(sum.largest) { $1 < $0 ? $1 : $0 }
        let floor = max(smallest, sum.largest - CodedLogits.depth)
        let scale = (sum.largest - floor) / 65_535
        self.scale = scale
        self.minimum = floor - sum.largest - Float(sum.logarithm)
        let inverse = scale > 0 ? 1 / scale : 0
        self.codes = logits.map { logit in
            // Rounded to even at the half, and never above the last code, whatever the division rounded to.
            logit > floor ? UInt16(min((inverse * (logit - floor)).rounded(.toNearestOrEven), 65_535)) : 0
        }
    }

    /// The log-probability of `token`.
    @inline(__always)
    func logProbability(_ token: Int) -> Float { scale * Float(codes[token]) + minimum }

    // MARK: Bytes

    /// Bytes of a row: two numbers in f32, and the codes, which are filled up to an even number.
    static func byteCount(vocabularySize: Int) -> Int { 8 + (vocabularySize + vocabularySize % 2) * 2 }

    /// The row as a file holds it.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(CodedLogits.byteCount(vocabularySize: codes.count))
        append(scale.bitPattern, to: &bytes)
        append(minimum.bitPattern, to: &bytes)
        for code in codes { append(code, to: &bytes) }
        if codes.count % 2 == 1 { append(UInt16(0), to: &bytes) }
        return bytes
    }
}

/// Adds the bytes of a number, the lowest first.
func append<Integer: FixedWidthInteger>(_ value: Integer, to bytes: inout [UInt8]) {
    for shift in 0..<MemoryLayout<Integer>.size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
}
