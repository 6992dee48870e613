import Files
import TestSupport

@testable import Tokenizers

/// The released V3 tokenizer, read once for all tests.
enum ReferenceTokenizers {
    static let deepSeekV3 = Result {
        try Tokenizer(
            Vocabulary(
                tokenizerFile: MappedFile(path: Fixture.unpacked("tokenizers/deepseek-v3/tokenizer.json.gz")),
                configuration: configuration()))
    }

    static func configuration() throws -> JSONObject? {
        try JSONParser.parse(MappedFile(path: Fixture.path("tokenizers/deepseek-v3/tokenizer_config.json"))).object
    }
}

/// A small reproducible generator of test input (SplitMix64).
struct TestGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    /// Letters from `a` on, `kinds` different ones.
    mutating func letters(_ count: Int, of kinds: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(ascii: "a") + UInt8(Int.random(in: 0..<kinds, using: &self)) }
    }

    /// Text that mixes scripts, spaces, digits and marks.
    mutating func text(_ count: Int) -> String {
        let blocks: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x09...0x0D, 0x20...0x20, 0x61...0x7A, 0xA0...0x24F, 0x300...0x36F, 0x370...0x5FF,
            0x900...0x97F,
            0x2000...0x206F, 0x2200...0x22FF, 0x3000...0x30FF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xFF00...0xFFEF,
            0x1F300...0x1F6FF,
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<count {
            let block = blocks[Int.random(in: blocks.indices, using: &self)]
            if let scalar = Unicode.Scalar(UInt32.random(in: block, using: &self)) { text.append(scalar) }
        }
        return String(text)
    }
}
