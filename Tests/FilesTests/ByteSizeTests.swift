import Files
import Testing

struct ByteSizeTests {
    private static let (k, m, g) = (1024, 1_048_576, 1_073_741_824)
    private static let sizes: [(String, Int)] = [
        ("0", 0), ("65536", 65536), ("12b", 12), ("3K", 3 * k), ("8G", 8 * g), ("8g", 8 * g), ("8GB", 8 * g),
        ("8GiB", 8 * g), ("8 GiB", 8 * g), ("8gib", 8 * g), ("512M", 512 * m), ("2T", 2048 * g), ("1.5G", 1536 * m),
        (".5K", 512), ("9007199254740993", 9_007_199_254_740_993),
    ]

    @Test(arguments: sizes)
    func sizesAreRead(_ text: String, _ bytes: Int) throws {
        #expect(try ByteSize(parsing: text, option: "--size").bytes == bytes)
    }

    @Test(arguments: [
        "", " ", "G", "8X", "8GG", "8Gi", "8iB", "-1G", "+1G", "8G ", " 8G", "1e3", "0x10", "1.2.3", ".", "1,5G", "８G",
        "nan", "infinity", "8GiBs", "8\u{0}G",
    ])
    func otherTextsAreRefused(_ text: String) {
        let error = #expect(throws: InputError.self) { try ByteSize(parsing: text, option: "--size") }
        #expect(error?.kind == .invalidValue && error?.field == "--size")
    }

    @Test(arguments: ["4194304T", "99999999999999999999", "9223372036854775807", "1000000000000000000000G"])
    func sizesBeyondAnyMemoryAreRefused(_ text: String) {
        let error = #expect(throws: InputError.self) { try ByteSize(parsing: text, option: "--size") }
        #expect(error?.kind == .overflow)
    }

    @Test func descriptionsReadAsTheyWere() throws {
        for bytes in [0, 1, 1023, 1024, 1025, 37032 << 10, 3 << 29, 8 << 30, 5 << 40, Int.max >> 2] {
            let text = ByteSize(bytes).description
            #expect(try ByteSize(parsing: text, option: "").bytes == bytes, "\(text)")
        }
        #expect(ByteSize(37032 << 10).description == "37032K" && ByteSize(8 << 30).description == "8G")
    }
}
