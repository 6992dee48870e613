import Files
import Testing

@testable import Training

@Suite struct TokenBatchesTests {
    private func batches(seed: UInt64 = 1) throws -> TokenBatches {
        try TokenBatches((0..<42).map { Int32($0) }, length: 4, seed: seed, source: "test")
    }

    @Test func everyPieceComesOnceAPass() throws {
        var source = try batches()
        let passes = try (0..<2).map { _ in try source.next(10) }
        for pass in passes {
            #expect(pass.map { Int($0.tokens[0]) }.sorted() == Array(stride(from: 0, to: 40, by: 4)))
            #expect(pass.allSatisfy { $0.targets == $0.tokens.map { $0 + 1 } && $0.spans == [0..<4] })
        }
        #expect(passes[0] != passes[1])
        var other = try batches(seed: 2)
        #expect(try other.next(10) != passes[0])
    }

    @Test func positionsGoOnAnywhere() throws {
        var source = try batches()
        for count in [0, 3, 7, 13, 21] {
            _ = try source.next(count)
            var other = try batches()
            try other.move(to: source.position)
            var copy = source
            #expect(try other.next(15) == copy.next(15))
        }
    }

    @Test func shortTextsAndStrangePositionsAreRefused() throws {
        #expect(throws: InputError.self) { try TokenBatches([1, 2, 3, 4], length: 4, seed: 0, source: "test") }
        var source = try batches()
        for position in [(-1, 0), (0, -1), (0, 11)] {
            #expect(throws: InputError.self) { try source.move(to: .init(pass: position.0, read: position.1)) }
        }
    }
}
