import Checkpoints
import Models
import TestSupport
import Testing

@testable import Tensors

/// The same request gives the same numbers, bit for bit, whichever kernels and however many threads compute it, in
/// whatever pieces the prompt arrives, and whoever else is in the batch.
///
/// Latent attention has two forms that round differently, absorbed and expanded; this holds within each. `automatic`
/// chooses between them by the number of new rows of the sequence: so there it holds as long as pieces are on one side
/// of the choice (`automaticChoosesByRowsOfTheSequenceAlone`).
@Suite(.serialized)  // Each test keeps several pools of threads busy.
struct ReproducibilityTests {
    /// Quantized files of each layout, and two in f32.
    static let files = [
        "llama-mha-Q4_K_M", "llama-mha-IQ4_XS", "qwen3-yarn", "deepseek-moe", "v2-lite-joined-Q8_0", "v3-k256-Q4_K_M",
        "v3-k256-Q2_K",
    ]

    private static func decoder(_ file: String) throws -> Decoder {
        try Decoder(try openCheckpoint(at: Fixture.path("gguf/\(file).gguf")))
    }

    /// What a request may meet with: rows that share its steps, and the pieces in which its own tokens arrive.
    enum Company: String, CaseIterable, Sendable {
        case whole, pieces, tokenByToken, besideOthers

        /// How many tokens the next steps take, in turn.
        var sizes: [Int] {
            switch self {
            case .whole: [Int.max]
            case .pieces: [5, 14, 1]
            case .tokenByToken: [1]
            case .besideOthers: [3, 1, 13, 2, 1, 1]
            }
        }
    }

    // MARK: Tests

    @Test(arguments: files)
    func kernelsThreadsAndCompanyChangeNothing(file: String) throws {
        let decoder = try Self.decoder(file)
        try expectEqualHashes(decoder, .eightBit, cache: .q8_0)
        try expectEqualHashes(decoder, .exact, cache: .f16)
    }

    private func expectEqualHashes(_ decoder: Decoder, _ arithmetic: Arithmetic, cache: ElementType) throws {
        for form in Self.forms(of: decoder) {
            let request = Request(decoder: decoder, tokens: Self.tokens(24, of: decoder), form: form, cache: cache)
            var expected: [UInt64]?
            for operations in Self.operations(arithmetic) {
                for company in Company.allCases {
                    let found = try request.hashes(operations, company)
                    #expect(
                        found == expected ?? found,
                        "\(operations.name), \(operations.threads) threads, \(company), \(form), \(cache)")
                    expected = expected ?? found
                }
            }
        }
    }

    /// Beyond the tiles of 64 and the segments of 256 rows that attention goes through.
    @Test(arguments: ["llama-mha-Q4_K_M", "v3-k256-Q4_K_M"], [ElementType.f16, .q8_0])
    func longPrompts(file: String, cache: ElementType) throws {
        let decoder = try Self.decoder(file)
        for form in Self.forms(of: decoder) {
            let request = Request(decoder: decoder, tokens: Self.tokens(290, of: decoder), form: form, cache: cache)
            let all = Self.operations(.eightBit).filter { [1, 3].contains($0.threads) }
            let expected = try request.hashes(try #require(all.first), .whole)
            for operations in all {
                for (sizes, others) in [([290], 0), ([90, 1, 37], 2), ([64], 0)] {
                    #expect(
                        try request.hashes(operations, sizes: sizes, others: others) == expected,
                        "\(operations.name), \(operations.threads) threads, \(sizes), \(others) others, \(form)")
                }
            }
        }
    }

    /// The choice looks at the new rows of one sequence, never at the others in the step.
    @Test(arguments: ["v2-lite-joined-Q8_0", "v3-k256-Q4_K_M"])
    func automaticChoosesByRowsOfTheSequenceAlone(file: String) throws {
        let decoder = try Self.decoder(file)
        let tokens = Self.tokens(160, of: decoder)
        let most = try #require(
            (1...160).last { decoder.attentionPath(rows: $0, form: .automatic).hasSuffix("absorbed") })
        #expect(most < 160, "the fixtures are small enough that a prompt of 160 is expanded")
        let operations = try #require(Self.operations(.eightBit).last)
        for (count, form) in [(most, LatentForm.absorbed), (most + 1, .expanded)] {
            let prompt = Array(tokens.prefix(count))
            func hashes(_ form: LatentForm, _ others: Int) throws -> [UInt64] {
                try Request(decoder: decoder, tokens: prompt, form: form, cache: .f16)
                    .hashes(operations, sizes: [count], others: others)
            }
            let expected = try hashes(form, 0)
            for others in [0, 1, 3] { #expect(try hashes(.automatic, others) == expected) }
            let other = try hashes(form == .absorbed ? .expanded : .absorbed, 0)
            #expect(other != expected, "the forms round differently; if they no longer do, say so in the comment above")
        }
    }

    // MARK: Requests

    private static func tokens(_ count: Int, of decoder: Decoder) -> [Int32] {
        var numbers = SeededNumbers(seed: 60)
        return (0..<count).map { _ in
            Int32.random(in: 0..<Int32(decoder.configuration.vocabularySize), using: &numbers)
        }
    }

    private static func forms(of decoder: Decoder) -> [LatentForm] {
        decoder.attentionPath(rows: 1, form: .automatic) == "grouped" ? [.automatic] : [.absorbed, .expanded]
    }

    /// All kernels that run here, on 1, 2, 3 and 5 threads that share out whatever can be shared.
    private static func operations(_ arithmetic: Arithmetic) -> [CPUOperations] {
        let pools = [1, 2, 3, 5].map { ThreadPool(threads: $0) }
        return FloatKernels.available.flatMap { kernels in
            pools.map { CPUOperations(kernels: kernels, pool: $0, workOfOneThread: 1, arithmetic: arithmetic) }
        }
    }
}

/// A prompt, and how it is remembered.
private struct Request {
    let decoder: Decoder
    let tokens: [Int32]
    let form: LatentForm
    let cache: ElementType

    func hashes(_ operations: any Operations, _ company: ReproducibilityTests.Company) throws -> [UInt64] {
        try hashes(operations, sizes: company.sizes, others: company == .besideOthers ? 2 : 0)
    }

    /// One hash for the logits behind each token, which arrive in pieces of `sizes` tokens, in turn, beside `others`
    /// sequences with tokens of their own in each step.
    func hashes(_ operations: any Operations, sizes: [Int], others: Int) throws -> [UInt64] {
        let pool = KeyValuePool(layout: decoder.cacheLayout(elementType: cache, rowsPerPage: 8))
        let caches = (0...others).map { _ in KeyValueCache(pool: pool) }
        var numbers = SeededNumbers(seed: 61)
        var (start, turn, found) = (0, 0, [UInt64]())
        while start < tokens.count {
            let size = min(sizes[turn % sizes.count], tokens.count - start)
            var pieces = (0...others).map { _ in Self.stray(Int.random(in: 1...16, using: &numbers), &numbers) }
            // Not always the first in the step.
            let place = others == 0 ? 0 : turn % (others + 1)
            let own = others == 0 ? 0 : others / 2
            pieces[own] = Array(tokens[start..<start + size])
            var order = Array(0...others)
            order.swapAt(place, own)
            let step = try decoder.step(
                order.map { .init(tokens: pieces[$0], cache: caches[$0]) }, operations: operations, form: form)
            let logits = decoder.logits(try decoder(step), operations)
            found += step.spans[place].rows.map { logits.slice($0..<$0 + 1).floats.hash }
            (start, turn) = (start + size, turn + 1)
        }
        return found
    }

    /// Tokens that every fixture's vocabulary has.
    private static func stray(_ count: Int, _ numbers: inout SeededNumbers) -> [Int32] {
        (0..<count).map { _ in Int32.random(in: 0..<200, using: &numbers) }
    }
}

extension CPUOperations {
    fileprivate var threads: Int { pool.threads }
}

extension [Float] {
    /// FNV-1a over the bits.
    fileprivate var hash: UInt64 {
        reduce(0xCBF2_9CE4_8422_2325) { hash, value in
            (0..<4).reduce(hash) { ($0 ^ UInt64(value.bitPattern >> UInt32(8 * $1) & 255)) &* 0x100_0000_01B3 }
        }
    }
}
