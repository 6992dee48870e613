import Generation
import Testing

@testable import Curriculum

/// Steps on paper: as they are written, and that each is true and ends in what a calculator says.
@Suite struct ColumnTests {
    @Test func additionIsWrittenInColumns() {
        #expect(ColumnAddition(347, 586).lines == ["347+586", "7+6=13 3", "4+8+1=13 33", "3+5+1=9 933"])
        #expect(ColumnAddition(97, 5).lines == ["97+05", "7+5=12 2", "9+0+1=10 102"])
        #expect(ColumnAddition(0, 0).lines == ["0+0", "0+0=0 0"])
    }

    @Test func subtractionComparesFirst() {
        #expect(
            ColumnSubtraction(347, 586).lines
                == ["347-586", "35<", "586-347", "6-7+10=9 9", "8-4-1=3 39", "5-3=2 239", "-239"])
        #expect(
            ColumnSubtraction(100, 98).lines == [
                "100-098", "10>", "0-8+10=2 2", "0-9-1+10=0 02", "1-0-1=0 002", "002=2",
            ])
        #expect(ColumnSubtraction(44, 44).lines == ["44-44", "44= 44=", "0"])
    }

    @Test func multiplicationGoesByRows() {
        #expect(
            ColumnMultiplication(47, 83).lines
                == [
                    "47*83", "47*3", "7*3=21 1", "4*3+2=14 141", "47*80", "7*8=56 60", "4*8+5=37 3760", "0141+3760",
                    "1+0=1 1", "4+6=10 01", "1+7+1=9 901", "0+3=3 3901",
                ])
        #expect(ColumnMultiplication(6, 7).lines == ["6*7", "6*7=42 42"])
        #expect(ColumnMultiplication(30, 20).lines == ["30*20", "30*0=0", "30*20", "0*2=0 00", "3*2=6 600"])
    }

    @Test func divisionTakesDigitsDown() {
        #expect(LongDivision(850, 7).lines == ["850/7", "8=7*1+1 1", "15=7*2+1 12", "10=7*1+3 121"])
        #expect(LongDivision(5, 7).lines == ["5/7", "5=7*0+5 0"])
        #expect(LongDivision(1203, 12).lines == ["1203/12", "12=12*1+0 1", "0=12*0+0 10", "3=12*0+3 100"])
    }

    @Test func comparisonStopsAtTheFirstDifference() {
        let work = DigitComparison(4521, 458)
        #expect(work.header == "4521 0458" && work.line == "40>" && work.order == .greater)
        #expect(DigitComparison(4521, 4580).line == "44= 55= 28<")
        #expect(DigitComparison(7, 7).order == .equal)
    }

    @Test func selectionChoosesAgainAndAgain() {
        let work = Selection([45, 12, 33], isAscending: true)
        #expect(
            work.lines == ["45 12 33", "45,12:12 12,33:12 | 12", "45 33", "45,33:33 | 12, 33", "45", "12, 33, 45"])
        #expect(Selection([1, 3, 2], isAscending: false).sorted == [3, 2, 1])
    }

    @Test func divisorsAreEuclids() {
        #expect(CommonDivisor(9, 12).line == "12 9 3 0" && CommonDivisor(9, 12).value == 3)
        #expect(ReducedFraction(9, 12).lines == ["12 9 3 0", "9/3=3 12/3=4", "3/4"])
        #expect(ReducedFraction(7, 7).text == "1" && ReducedFraction(0, 5).text == "0")
    }

    /// Numbers of all lengths, often with zeros and nines.
    static func numbers(_ random: inout RandomSource) -> (Int, Int) {
        func number(_ random: inout RandomSource) -> Int {
            let digits = (0..<random.number(1...6)).map { _ in
                random.chance(0.4) ? random.pick([0, 9]) : random.below(10)
            }
            return digits.reduce(0) { 10 * $0 + $1 }
        }
        return (number(&random), number(&random))
    }

    @Test func stepsAreTrueAndEndInTheResult() {
        var random = RandomSource(seed: 3)
        for _ in 0..<3000 {
            let (a, b) = Self.numbers(&random)
            let divisor = b % 60 + 1
            let works: [(lines: [String], result: Int, expected: Int)] = [
                (ColumnAddition(a, b).lines, ColumnAddition(a, b).result, a + b),
                (ColumnSubtraction(a, b).lines, ColumnSubtraction(a, b).result, a - b),
                (ColumnMultiplication(a, b % 1000).lines, ColumnMultiplication(a, b % 1000).result, a * (b % 1000)),
                (LongDivision(a, divisor).lines, LongDivision(a, divisor).quotient, a / divisor),
            ]
            for work in works {
                #expect(work.result == work.expected, "\(a) \(b)")
                #expect(
                    work.lines.last.map {
                        $0 == "\(work.result)" || $0.hasSuffix(" \(work.result)") || $0.hasSuffix("=\(work.result)")
                    } == true, "\(work.lines)")
                let checked = StepCheck.check(work.lines.joined(separator: "\n"))
                #expect(checked.wrong.isEmpty, "\(checked.wrong)")
                #expect(checked.verified > 0)
            }
            #expect(LongDivision(a, divisor).remainder == a % divisor)
        }
    }
}
