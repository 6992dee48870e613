import Files
import Testing

@testable import Models

/// A table that expectations can change.
private final class Shelf {
    private var table: SlotTable

    init(slots: Int, experts: Int) { table = SlotTable(slots: slots, experts: experts) }

    var experts: [Int] { table.experts }

    func hold(_ expert: Int) -> Int? { table.hold(expert) }
    func claim(_ expert: Int, reads: Int) -> Int? { table.claim(expert, reads: reads) }
    func finishReading(_ slot: Int, failure: (any Error)? = nil) { table.finishReading(slot, failure: failure) }
    func release(_ slot: Int) { table.release(slot) }

    func guess(_ experts: [Int], reads: Int = 1) -> [Int] { table.guess(experts) { _ in reads }.map(\.expert) }
    func endGuesses(among experts: Range<Int>) { table.endGuesses(among: experts) }
    func isGuess(_ expert: Int) -> Bool { table.isGuess(expert) }
    func isAbandoned(_ slot: Int) -> Bool { table.isAbandoned(slot) }

    func failure(of slot: Int) -> (any Error)? {
        if case .failed(let error) = table.content(of: slot) { error } else { nil }
    }

    func isReady(_ slot: Int) -> Bool {
        if case .ready = table.content(of: slot) { true } else { false }
    }
}

struct SlotTableTests {
    /// Random visits, one expert at a time, against a list that is searched and moved.
    @Test(arguments: [(1, 5), (3, 10), (8, 8), (40, 100), (5, 3)])
    func theOneUsedLongestAgoIsReplaced(slots: Int, experts: Int) throws {
        var numbers = SeededNumbers(seed: UInt64(slots))
        let table = Shelf(slots: slots, experts: experts)
        var list: [Int] = []
        for _ in 0..<3000 {
            let expert = Int.random(in: 0..<experts, using: &numbers)
            if let place = list.firstIndex(of: expert) {
                list.remove(at: place)
                table.release(try #require(table.hold(expert)))
            } else {
                if list.count == slots { list.removeFirst() }
                #expect(table.hold(expert) == nil)
                let slot = try #require(table.claim(expert, reads: 1))
                table.finishReading(slot)
                table.release(slot)
            }
            list.append(expert)
            #expect(table.experts == list)
        }
    }

    @Test func heldSlotsStay() throws {
        let table = Shelf(slots: 2, experts: 4)
        let first = try #require(table.claim(0, reads: 0))
        let second = try #require(table.claim(1, reads: 0))
        #expect(first != second && table.claim(2, reads: 0) == nil)
        // Held twice, let go once.
        #expect(table.hold(1) == second)
        table.release(second)
        #expect(table.claim(2, reads: 0) == nil)
        table.release(second)
        #expect(table.claim(2, reads: 0) == second)
        #expect(table.hold(1) == nil && table.hold(0) == first && table.hold(2) == second)
    }

    @Test func slotsBeingReadIntoStay() throws {
        let table = Shelf(slots: 1, experts: 2)
        let slot = try #require(table.claim(0, reads: 3))
        table.release(slot)
        for left in [2, 1, 0] {
            #expect(!table.isReady(slot) && table.claim(1, reads: 1) == nil)
            table.finishReading(slot)
            #expect(table.isReady(slot) == (left == 0))
        }
        #expect(table.hold(0) == slot)
        table.release(slot)
        #expect(table.claim(1, reads: 1) == slot)
    }

    // MARK: Guesses

    /// Guesses take the place of what is neither held nor expected, and of nothing else.
    @Test func guessesLeaveWhatIsExpected() throws {
        let table = Shelf(slots: 4, experts: 10)
        let slots = try (0..<4).map { try #require(table.claim($0, reads: 0)) }
        for slot in slots.dropFirst() { table.release(slot) }
        // 0 is held, 2 expected: 1 goes first, then 3, and then there is no room.
        #expect(table.guess([5, 2, 6, 7, 8]) == [5, 6])
        #expect(table.experts == [0, 2, 5, 6])
        #expect([0, 2, 5, 6, 7].map(table.isGuess) == [false, false, true, true, false])
        #expect(table.guess([5, 6]).isEmpty && table.guess([]).isEmpty)
    }

    /// A guess that somebody wants is an expert like any other; the rest is forgotten if it has not come in time.
    @Test func guessesThatComeTooLateAreForgotten() throws {
        let table = Shelf(slots: 4, experts: 20)
        #expect(table.guess([3, 4, 5, 12], reads: 2) == [3, 4, 5, 12])
        let wanted = try #require(table.hold(3))
        #expect(!table.isGuess(3) && !table.isReady(wanted))
        // 4 is there in time; its slot is the one that comes next.
        for _ in 0..<2 { table.finishReading(wanted + 1) }
        table.endGuesses(among: 0..<10)
        #expect(table.experts == [4, 12, 3] && !table.isGuess(4) && table.isGuess(12) && !table.isAbandoned(wanted))
        let late = wanted + 2
        #expect(table.isAbandoned(late) && table.hold(5) == nil)
        // Its slot is free when none of its readings is on its way any more.
        table.release(try #require(table.hold(4)))
        for _ in 0..<2 { table.finishReading(late) }
        #expect(table.claim(7, reads: 1) == late && !table.isAbandoned(late))
        table.endGuesses(among: 10..<20)
        #expect(table.hold(12) == nil)
    }

    /// A failure is seen by those who hold the slot, and by nobody else; then the expert is read again.
    @Test func failuresAreForgotten() throws {
        let failure = InputError(.truncated, source: "a", found: "b", expected: "c", advice: "d")
        let table = Shelf(slots: 2, experts: 2)
        let slot = try #require(table.claim(0, reads: 2))
        #expect(table.hold(0) == slot)
        table.finishReading(slot, failure: failure)
        #expect(table.failure(of: slot) as? InputError == failure)
        #expect(table.hold(0) == nil)
        let other = try #require(table.claim(0, reads: 1))
        #expect(other != slot)
        table.release(slot)
        table.release(slot)
        // One reading is still on its way to the slot.
        #expect(table.claim(1, reads: 1) == nil)
        table.finishReading(slot)
        #expect(table.experts == [0])
        #expect(table.claim(1, reads: 1) == slot && !table.isReady(slot))
        table.finishReading(slot)
        #expect(table.isReady(slot))
    }
}
