import Testing

@testable import Curriculum

@Suite struct StepCheckTests {
    @Test(arguments: [
        "7+6=13", "4*8+5=37", "0-9-1+10=0", "-34+17=17-34", "5-(-8)=5+8", "-(3+4)=-7", "1/2=3/6", "002=2", "8>7", "28<",
        "44=", "45,12:12", "7=7=7",
    ])
    func truthIsSeen(step: String) {
        let checked = StepCheck.check(step)
        #expect(checked.verified == 1 && checked.wrong.isEmpty)
    }

    @Test(arguments: [
        "7+6=14", "4*8+5=38", "-34+17=34-17", "1/2=3/5", "7>8", "82<", "45=", "45,12:13", "7=7=8", "(1+2)*3=7",
    ])
    func untruthIsSeen(step: String) {
        #expect(StepCheck.check(step).wrong == [step])
    }

    @Test(arguments: [
        "x=3", "10:30", "=", "1/0=5", "km=1000", "7+", "((((", "99999999999999999999=1", "9223372036854775807+1=0",
        "a,b:c", "¼=1",
    ])
    func whatSaysNothingIsPassedOver(step: String) {
        let checked = StepCheck.check(step)
        #expect(checked.verified == 0 && checked.wrong.isEmpty)
    }

    @Test func nestingIsLimited() {
        let deep = String(repeating: "(", count: 100_000) + "1" + String(repeating: ")", count: 100_000) + "=1"
        #expect(StepCheck.check(deep).verified == 0)
        #expect(StepCheck.check(String(repeating: "-", count: 100_000) + "1=1").verified == 0)
    }

    @Test func pairsAreFoundWhereverTheyStand() {
        let found = ArithmeticPair.found(in: "What is 12 + 30?\n4*8+5=37 17//5 (3+4)*50-2 7 / 2 10:30 2-x")
        #expect(
            found == [
                .init(12, "+", 30), .init(4, "*", 8), .init(8, "+", 5), .init(17, "/", 5), .init(3, "+", 4),
                .init(50, "-", 2),
                .init(7, "/", 2),
            ])
        #expect(ArithmeticPair(7, "*", 12).content == nil && ArithmeticPair(13, "+", 2).content == "2 13")
        #expect(ArithmeticPair(120, "-", 7).content == ArithmeticPair(7, "-", 120).content)
        #expect(ArithmeticPair(847, "/", 7).content == "847 7" && ArithmeticPair(56, "/", 7).content == nil)
    }
}
