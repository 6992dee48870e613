import Testing

@testable import Tensors

struct TensorTests {
    private func tensor(_ byteCount: Int, at offset: Int, _ type: ElementType, _ shape: Shape) -> Tensor? {
        Tensor(storage: Storage(byteCount: byteCount), byteOffset: offset, elementType: type, shape: shape)
    }

    @Test func whatLiesInsideIsAView() {
        #expect(tensor(100, at: 4, .f32, [2, 12])?.byteCount == 96)
        #expect(tensor(100, at: 100, .f32, [0, 12])?.byteCount == 0)
        #expect(tensor(144, at: 0, .q4_k, [1, 256])?.rowBytes == 144)
    }

    @Test func whatLiesOutsideIsRefused() {
        #expect(tensor(100, at: 5, .f32, [2, 12]) == nil)
        #expect(tensor(100, at: -1, .f32, [1, 1]) == nil)
        #expect(tensor(100, at: 101, .f32, [0, 1]) == nil)
        #expect(tensor(100, at: Int.max, .f32, [1, 1]) == nil)
        #expect(tensor(143, at: 0, .q4_k, [1, 256]) == nil)
    }

    @Test func rowsThatAreNoWholeBlocksAreRefused() {
        #expect(tensor(1000, at: 0, .q4_k, [4, 64]) == nil)
        #expect(tensor(1000, at: 0, .q8_0, [1, 33]) == nil)
    }

    @Test func sizesThatOverflowAreRefused() throws {
        let huge = try #require(Shape(checking: [1, Int.max]))
        #expect(tensor(100, at: 0, .f64, huge) == nil)
        let tall = try #require(Shape(checking: [Int.max / 4, 2]))
        #expect(tensor(100, at: 0, .f32, tall) == nil)
    }

    @Test func slicesAndEntriesAreViews() {
        let x = Tensor((0..<24).map(Float.init), shape: [4, 3, 2])
        let middle = x.slice(1..<3)
        #expect(middle.shape == [2, 3, 2] && middle.floats == (6..<18).map(Float.init))
        #expect(middle.storage === x.storage)
        #expect(x.entry(3).shape == [3, 2] && x.entry(3).floats == (18..<24).map(Float.init))
        #expect(middle.entry(1).floats == (12..<18).map(Float.init))
        #expect(x.slice(4..<4).floats.isEmpty)
        #expect(x.reshaped([6, 4]).entry(5).floats == (20..<24).map(Float.init))
    }

    @Test func decodingCopies() throws {
        let x = Tensor([1, 2, 3, 4], shape: [2, 2])
        let copy = x.decoded()
        #expect(copy.floats == x.floats && copy.storage !== x.storage && copy.shape == x.shape)
    }
}
