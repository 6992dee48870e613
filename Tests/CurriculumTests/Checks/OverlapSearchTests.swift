import Testing

@testable import Curriculum

@Suite struct OverlapSearchTests {
    private let long = "What is printed? x = 18 for i in range(0, 5): x += 7 print(x) and then no more"

    private func search(_ documents: [String]) -> OverlapSearch {
        var search = OverlapSearch(for: ["26^2", "6.1 + 89", long])
        for document in documents { search.add(document) }
        return search
    }

    @Test func wholeQuestionsAreFound() {
        let found = search(["Question: 26^2\n676", "Question: 6.1 + 89\nand", "text\nQuestion: \(long)\nAnswer"])
        #expect(found.overlapping.count == 3 && found.meanShare == 1)
    }

    /// The same digits with other signs, a point elsewhere, or a line that goes on are other questions.
    @Test(arguments: ["Question: 26 2\n", "Question: 26*2\n", "Question: 61 + 89\n", "Question: 26^2 + 1\n", "26^2\n"])
    func othersAreNot(_ document: String) {
        #expect(search([document]).overlapping.isEmpty)
    }

    /// Parts that stand in different documents give nothing away.
    @Test func partsInDifferentDocumentsAreNoOverlap() {
        let words = long.split(separator: " ")
        let halves = [
            "Question: " + words.prefix(15).joined(separator: " "), words.suffix(15).joined(separator: " ") + "\n",
        ]
        let found = search(halves)
        #expect(found.overlapping.isEmpty && found.meanShare > 0.2)
        #expect(search([]).meanShare == 0)
    }
}
