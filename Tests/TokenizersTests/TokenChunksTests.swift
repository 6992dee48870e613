import Files
import Testing

@testable import Tokenizers

struct TokenChunksTests {
    private func chunks(_ count: Int, length: Int, limit: Int? = nil, begin: Int32? = nil) throws -> TokenChunks {
        try TokenChunks(
            Array(0..<Int32(count)), length: length, limit: limit, beginOfSequence: begin, source: "text")
    }

    struct Case {
        let tokens: Int
        let length: Int
        let limit: Int?
        let count: Int
        let rows: Range<Int>

        init(_ tokens: Int, _ length: Int, _ limit: Int?, _ count: Int, _ rows: Range<Int>) {
            (self.tokens, self.length, self.limit, self.count, self.rows) = (tokens, length, limit, count, rows)
        }
    }

    static let cases: [Case] = [
        Case(1024, 512, nil, 2, 256..<511), Case(1535, 512, nil, 2, 256..<511), Case(5120, 512, 3, 3, 256..<511),
        Case(30, 3, nil, 10, 1..<2), Case(8, 4, 9, 2, 2..<3), Case(101, 7, nil, 14, 3..<6),
    ]

    @Test(arguments: cases) func secondHalvesAreScored(_ given: Case) throws {
        let chunks = try chunks(given.tokens, length: given.length, limit: given.limit)
        #expect(chunks.count == given.count && chunks.scoredRows == given.rows)
        #expect(chunks.tokens == Array(0..<Int32(given.count * given.length)))
        let first = Int32(given.length)
        #expect(chunks.input(1) == Array(first..<2 * first))
        // Row i predicts token i + 1.
        #expect(chunks.targets(1, given.rows) == given.rows.map { first + Int32($0) + 1 })
    }

    @Test func markTakesTheFirstPlace() throws {
        let chunks = try chunks(20, length: 5, begin: 99)
        #expect(chunks.input(2) == [99, 11, 12, 13, 14] && chunks.tokens[10] == 10)
    }

    @Test(arguments: [(1023, 512), (5, 3), (0, 3), (100, 2), (100, 1), (100, 0), (100, -7), (100, Int.max)])
    func tooLittleIsRefused(_ tokens: Int, _ length: Int) {
        let error = #expect(throws: InputError.self) { try chunks(tokens, length: length) }
        #expect(error?.description.hasSuffix(".") == true)
    }
}
