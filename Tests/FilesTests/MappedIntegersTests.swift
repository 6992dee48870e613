import Testing

@testable import Files

struct MappedIntegersTests {
    private let file = MappedFile.copy(of: [9, 1, 0, 2, 0, 0xFF, 0xFF], path: "bytes")

    @Test func integersNeedNoAlignment() {
        #expect(file.integers(UInt16.self, at: 1, count: 3) == [1, 2, 0xFFFF])
        #expect(file.integers(Int16.self, at: 5, count: 1) == [-1])
        #expect(file.integers(UInt32.self, at: 7, count: 0) == [])
    }

    @Test(arguments: [(0, 4), (1, 4), (8, 0), (6, 1), (0, -1), (0, Int.max), (UInt64.max, 1)] as [(UInt64, Int)])
    func nothingOutsideOfTheFile(_ offset: UInt64, _ count: Int) {
        #expect(file.integers(UInt16.self, at: offset, count: count) == nil)
    }
}
