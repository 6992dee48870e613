import Testing

@testable import Files

@Suite struct ContentHashTests {
    /// Numbers of PyPI's xxhash 3 for bytes 7 i + 3, with the seeds 0 and 12345.
    static let recorded: [(Int, UInt64, UInt64)] = [
        (0, 0xef46_db37_51d8_e999, 0x9558_4af7_701f_808d), (1, 0x1f25_c8d0_bc1f_4bb6, 0x9102_786a_712f_f044),
        (3, 0x31d2_363f_52e5_64c9, 0xc627_0ec9_7f03_4479), (4, 0x9bb6_4b7d_66ee_9fda, 0x6a31_8137_1bbc_2026),
        (8, 0xdab9_9d95_c6f9_0092, 0xbbcc_4601_a016_b1e4), (13, 0xf78b_0313_08f5_bfc8, 0x7d69_a936_7628_90c6),
        (31, 0xa2aa_5f33_cc4a_6119, 0x8086_bf60_119a_7308), (32, 0x23c3_c17e_f790_fd97, 0x244c_3905_cf32_0c2d),
        (33, 0x50a7_cfc7_ba58_8784, 0x1edc_9934_57cf_1fd8), (63, 0x5e3e_54b4_31c7_493c, 0x0e4a_6a50_d61e_6220),
        (64, 0x0eb6_4b3e_f6ee_b01f, 0xef58_9281_222c_0318), (100, 0xa61f_8d4c_170f_e531, 0xacb8_a028_91fe_a7d2),
        (1000, 0x5f23_5fa0_33f1_a3fb, 0x365c_39a0_c5a4_c88e),
    ]

    static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(($0 * 7 + 3) % 256) } }

    @Test func numbersEqualTheReference() {
        for (count, plain, seeded) in Self.recorded {
            #expect(ContentHash.of(Self.bytes(count)) == plain, "\(count)")
            #expect(ContentHash.of(Self.bytes(count), seed: 12345) == seeded, "\(count)")
        }
    }

    @Test func piecesGiveTheNumberOfTheWhole() {
        let bytes = Self.bytes(1000)
        for step in [1, 3, 7, 31, 32, 33, 64, 999] {
            var hash = ContentHash()
            for start in stride(from: 0, to: bytes.count, by: step) {
                hash.update(bytes[start..<min(start + step, bytes.count)])
            }
            #expect(hash.value == ContentHash.of(bytes), "\(step)")
        }
    }
}
