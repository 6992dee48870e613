import Files
import Testing

@testable import Models

struct ExpertShelfTests {
    private let sizes = [8192, 4096, 4096, 12288, 8192]

    private func shelves(_ budget: Int) throws -> [ExpertShelf]? {
        try ExpertShelf.shelves(slotBytes: sizes, expertCount: 16, perToken: 3, budget: budget)
    }

    @Test func everyBudgetIsUsedAndKept() throws {
        let (least, all) = (3 * 12288, 16 * sizes.reduce(0, +))
        for budget in stride(from: least, to: all, by: 2048) {
            let shelves = try #require(try shelves(budget), "\(budget)")
            #expect(shelves.flatMap { Array($0.layers) } == Array(0..<5), "\(budget): each layer has one shelf")
            #expect(shelves.reduce(0) { $0 + $1.bytes } <= budget)
            for shelf in shelves {
                #expect(shelf.slots >= 3 && shelf.slots <= 16 * shelf.layers.count)
                #expect(shelf.slotBytes == sizes[shelf.layers].max())
            }
            let left = budget - shelves.reduce(0) { $0 + $1.bytes }
            let fitting = shelves.contains { $0.slotBytes <= left && $0.slots < 16 * $0.layers.count }
            #expect(!fitting, "\(budget): room for one more")
        }
    }

    @Test func layersShareOnlyIfTheyMust() throws {
        #expect(try #require(try shelves(3 * 12288)) == [ExpertShelf(layers: 0..<5, slotBytes: 12288, slots: 3)])
        // Three slots in each layer.
        let own = 3 * sizes.reduce(0, +)
        #expect(try #require(try shelves(own)).map(\.slots) == [3, 3, 3, 3, 3])
        #expect(try #require(try shelves(own - 4096)).count < 5)
        #expect(try #require(try shelves(2 * own)).map(\.slots) == [6, 6, 6, 6, 6])
    }

    @Test func enoughForAllIsNoStore() throws {
        let all = 16 * sizes.reduce(0, +)
        #expect(try shelves(all) == nil && (try shelves(Int.max)) == nil)
        #expect(try shelves(all - 1) != nil)
        #expect(try ExpertShelf.shelves(slotBytes: [], expertCount: 0, perToken: 0, budget: 0) == nil)
    }

    @Test(arguments: [0, 1, 4096, 3 * 12288 - 1])
    func tooLittleNamesTheLeast(_ budget: Int) {
        let error = #expect(throws: InputError.self) { try shelves(budget) }
        #expect(error?.kind == .invalidValue && error?.expected.contains("at least 36K") == true)
        #expect(error?.found == "found \(ByteSize(budget))")
    }
}
