import Testing

@testable import Tensors

struct ShapeTests {
    @Test func extentsCountsAndRows() {
        let shape = Shape(2, 3, 4)
        #expect(shape.array == [2, 3, 4] && shape.rank == 3)
        #expect(shape.count == 24 && shape.width == 4 && shape.rows == 6)
        #expect(shape.description == "[2 × 3 × 4]")
        #expect(shape == [2, 3, 4] && shape != [2, 3, 4, 1])
    }

    @Test func aScalarHasOneValue() {
        let shape = Shape(checking: [])
        #expect(shape?.count == 1 && shape?.width == 1 && shape?.rows == 1)
    }

    @Test(arguments: [
        [1, 1, 1, 1, 1], [-1], [2, -3], [Int.max, 2], [1 << 32, 1 << 31], [1 << 62, 4], [Int.max, Int.max, Int.max],
        [0, Int.min],
    ])
    func absurdExtentsAreRefused(_ extents: [Int]) {
        #expect(Shape(checking: extents) == nil)
    }

    @Test(arguments: [[0, Int.max], [Int.max], [1, 1, Int.max, 1], [5, 0, 7]])
    func largeAndEmptyExtentsAreFine(_ extents: [Int]) {
        #expect(Shape(checking: extents)?.array == extents)
    }
}

struct ElementTypeTests {
    @Test(arguments: ElementType.allCases)
    func rowsAreWholeBlocks(_ type: ElementType) {
        let values = type.valuesPerBlock
        #expect(type.byteCount(ofRowWithWidth: 0) == 0)
        #expect(type.byteCount(ofRowWithWidth: 3 * values) == 3 * type.bytesPerBlock)
        #expect(type.byteCount(ofRowWithWidth: -values) == nil)
        if values > 1 { #expect(type.byteCount(ofRowWithWidth: values + 1) == nil) }
        if type.bytesPerBlock > values { #expect(type.byteCount(ofRowWithWidth: Int.max / values * values) == nil) }
    }
}
