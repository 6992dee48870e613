import Tensors
import Testing

@testable import Models

/// The tokens of a step sorted by expert: nothing lost, nothing twice, everything found again.
struct ExpertPlanTests {
    @Test(arguments: [(1, 1, 1), (1, 8, 8), (7, 2, 5), (40, 6, 64), (100, 3, 3), (33, 1, 500)])
    func everySlotHasOneRowOfItsExpert(tokens: Int, perToken: Int, expertCount: Int) {
        var numbers = SeededNumbers(seed: UInt64(tokens * 1_000 + expertCount))
        for _ in 0..<20 {
            let experts = (0..<tokens).flatMap { _ in
                (0..<Int32(expertCount)).shuffled(using: &numbers).prefix(perToken).sorted()
            }
            check(ExpertPlan(experts: experts, perToken: perToken, expertCount: expertCount), experts, perToken)
        }
    }

    private func check(_ plan: ExpertPlan, _ experts: [Int32], _ perToken: Int) {
        #expect(plan.places.sorted() == Array(0..<Int32(experts.count)), "each gathered row holds one slot")
        #expect(plan.sources.count == experts.count)
        var next = 0
        for group in plan.groups {
            #expect(group.rows.lowerBound == next && !group.rows.isEmpty, "groups are whole and in order")
            next = group.rows.upperBound
            let sources = plan.sources[group.rows]
            #expect(Array(sources) == sources.sorted() && Set(sources).count == sources.count)
        }
        #expect(next == experts.count)
        #expect(plan.groups.map { Int32($0.index) } == Set(experts).sorted())
        for (slot, expert) in experts.enumerated() {
            let place = Int(plan.places[slot])
            #expect(plan.sources[place] == Int32(slot / perToken))
            #expect(plan.groups.first { $0.rows.contains(place) }?.index == Int(expert))
        }
    }
}
