import Files
import Foundation
import TestSupport
import Testing

@testable import Tensors

@Suite final class WeightSlotsTests {
    private let folder: String
    private let bytes: [UInt8]
    private let file: MappedFile

    init() throws {
        folder = try Fixture.temporaryFolder()
        var numbers = SeededGenerator(7)
        bytes = (0..<60_000).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        try Data(bytes).write(to: URL(filePath: folder + "/file"))
        file = try MappedFile(path: folder + "/file")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func weight(at offset: Int, _ type: ElementType, _ shape: Shape) throws -> Weight {
        Weight(try #require(Tensor(storage: Storage(file: file), byteOffset: offset, elementType: type, shape: shape)))
    }

    private func stored(_ weight: Weight) -> [UInt8] {
        // Safe: the tensor has that many bytes, and its storage lives as long as `weight`.
        withExtendedLifetime(weight) {
            Array(UnsafeRawBufferPointer(start: weight.tensor.bytes, count: weight.tensor.byteCount))
        }
    }

    /// Reads a weight page by page, the last one first.
    private func read(
        _ weight: Weight, _ file: UncachedFile, _ slots: WeightSlots, _ slot: Int, at offset: Int
    ) throws {
        let span = try #require(weight.pageSpan)
        for piece in span.pieces(most: PageSpan.pageBytes).reversed() {
            try slots.read(piece, from: file, into: slot, at: offset + piece.start - span.start)
        }
    }

    /// Weights at the edges of pages and of the file, in several slots and one behind another.
    @Test func weightsAreReadAsTheyAreMapped() throws {
        let uncached = try UncachedFile(path: folder + "/file", byteCount: bytes.count)
        let slots = WeightSlots(count: 3, slotBytes: 5 * PageSpan.pageBytes)
        let weights = [
            try weight(at: 0, .q8_0, [30, 64]), try weight(at: 4095, .q4_k, [3, 256]),
            try weight(at: 8192, .f32, [16, 64]), try weight(at: 60_000 - 1500, .f16, [3, 250]),
        ]
        for slot in 0..<slots.count {
            for (first, second) in zip(weights, weights.dropFirst()) {
                let offset = try #require(first.pageSpan).byteCount
                try read(first, uncached, slots, slot, at: 0)
                try read(second, uncached, slots, slot, at: offset)
                for (weight, place) in [(first, 0), (second, offset)] {
                    let moved = slots.weight(weight, in: slot, at: place)
                    #expect(stored(moved) == stored(weight))
                    #expect(moved.elementType == weight.elementType && moved.tensor.shape == weight.tensor.shape)
                    #expect(!moved.tensor.storage.isMapped)
                    // Kernels choose their way by alignment; it must be the same.
                    let alignment = { (weight: Weight) in UInt(bitPattern: weight.tensor.bytes) % 4096 }
                    #expect(alignment(moved) == alignment(weight))
                }
            }
        }
    }

    @Test func slotsKeepApart() throws {
        let uncached = try UncachedFile(path: folder + "/file", byteCount: bytes.count)
        let slots = WeightSlots(count: 8, slotBytes: PageSpan.pageBytes)
        let weights = try (0..<8).map { try weight(at: $0 * 4096 + 13, .q8_0, [1, 32]) }
        for slot in 0..<8 { try read(weights[slot], uncached, slots, slot, at: 0) }
        for slot in 0..<8 { #expect(stored(slots.weight(weights[slot], in: slot, at: 0)) == stored(weights[slot])) }
    }

    @Test func onlyWeightsInFilesHavePages() throws {
        #expect(Weight(Tensor([1, 2, 3, 4], shape: [2, 2])).pageSpan == nil)
        let copy = Storage(file: file.copy(of: 0..<4096))
        let tensor = try #require(Tensor(storage: copy, byteOffset: 0, elementType: .f32, shape: [2, 2]))
        #expect(Weight(tensor).pageSpan == nil && Weight(tensor).file == nil)
        #expect(try weight(at: 4096, .f32, [2, 2]).pageSpan?.start == 4096)
    }
}
