import Files
import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// Recorded checkpoints with some bytes of their headers changed: each opens or is refused by an `InputError`.
///
/// A trap would end the test process. The changes are the same in every run.
@Suite struct MutationTests {
    /// Numbers that are the same in every run (SplitMix64).
    struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    static let files = OpenFixturesTests.files ?? []

    @Test(arguments: files) func changedGGUFIsReadOrRefused(_ name: String) throws {
        let whole = try MappedFile(path: Fixture.path("gguf/\(name)"))
        let first = try #require(GGUFFile(whole).entries.map(\.tensor.byteOffset).min())
        try mutate(whole, header: first) { file in
            let checkpoint = try GGUFCheckpoint(file)
            _ = try checkpoint.vocabulary()
        }
    }

    @Test(arguments: OpenFixturesTests.folders.filter { $0 != "v3-fp8" })
    func changedSafetensorsIsReadOrRefused(_ name: String) throws {
        let whole = try MappedFile(path: Fixture.path("text/\(name)/model.safetensors"))
        let header = try #require(whole.integer(UInt64.self, at: 0))
        try mutate(whole, header: 8 + Int(header)) { _ = try SafetensorsFile($0) }
    }

    /// Changes one byte of the first `header` bytes, many times over, and opens the result.
    private func mutate(_ whole: MappedFile, header: Int, _ open: (MappedFile) throws -> Void) throws {
        var numbers = Numbers(state: UInt64(whole.byteCount))
        var bytes = whole.withBytes(in: 0..<whole.byteCount) { Array($0) }
        var refused = 0
        for _ in 0..<200 {
            let position = Int.random(in: 0..<header, using: &numbers)
            let original = bytes[position]
            bytes[position] = original ^ UInt8.random(in: 1...255, using: &numbers)
            do {
                try open(.copy(of: bytes, path: whole.path))
            } catch let error as InputError {
                #expect(error.source == whole.path)
                refused += 1
            }
            bytes[position] = original
        }
        #expect(refused > 0)
    }
}
