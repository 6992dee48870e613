import Tensors
import Testing

@testable import Models

/// Which tokens devices leave out.
struct ExpertCapacityTests {
    /// Four tokens that choose 2 of 4 experts, on two devices.
    private let scores = Tensor(
        [0.9, 0.5, 0.1, 0.2, 0.8, 0.4, 0.2, 0.1, 0.7, 0.6, 0.2, 0.3, 0.2, 0.1, 0.9, 0.8], shape: [4, 4])
    private let chosen: [Int32] = [0, 1, 0, 1, 0, 1, 2, 3]

    private func dropped(_ factor: Double, devices: Int = 2, protecting spans: Set<Int> = []) -> [Int] {
        let capacity = ExpertCapacity(factor: factor, devices: devices, protectedSpans: spans)
        let all = (0..<4).map { Step.Span(rows: $0..<$0 + 1, firstPosition: 0, cache: nil) }
        let dropped = capacity.dropped(scores, chosen, all) ?? []
        return dropped.indices.filter { dropped[$0] }
    }

    /// Device 0 has 6 of 8 slots, and takes 4: those of 0.4 and 0.5 go.
    @Test func theLowestAffinitiesGo() {
        #expect(dropped(1) == [1, 3])
        #expect(dropped(1.25) == [3])
        #expect(dropped(1.5) == [])
        #expect(dropped(0.25) == [1, 2, 3, 4, 5, 7])
        // An expert each: three tokens want experts 0 and 1, which take two.
        #expect(dropped(1, devices: 4) == [3, 4])
    }

    @Test func someSequencesStay() {
        #expect(dropped(1, protecting: [0, 1]) == [4, 5])
        #expect(dropped(0.25, protecting: [0, 1, 2, 3]) == [])
    }

    @Test func plansLeaveThemOut() {
        let mask = [false, true, false, true, false, false, false, false]
        let plan = ExpertPlan(experts: chosen, perToken: 2, expertCount: 4, dropped: mask)
        #expect(plan.sources == [0, 1, 2, 2, 3, 3] && plan.places == [0, 6, 1, 6, 2, 3, 4, 5] && plan.hasDropped)
        #expect(plan.groups.map(\.index) == [0, 1, 2, 3] && plan.groups.map(\.rows.count) == [3, 1, 1, 1])
        #expect(!ExpertPlan(experts: chosen, perToken: 2, expertCount: 4).hasDropped)
    }
}
