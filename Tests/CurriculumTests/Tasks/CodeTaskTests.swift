import Testing

@testable import Curriculum

@Suite struct CodeTaskTests {
    /// One-line arithmetic is read again; of the rest, what can be said of any value.
    @Test(arguments: ["python-values", "swift-values"]) func values(task: String) throws {
        var read = 0
        for exercise in Sample.exercises(task, 2000) {
            let program = try #require(exercise.content)
            #expect(program.contains("print("))
            guard let line = program.wholeMatch(of: #/print\(([0-9+*() -]+)\)/#) else { continue }
            #expect(Arithmetic.value(line.output.1.replacing(" ", with: ""))?.whole.map { "\($0)" } == exercise.answer)
            read += 1
        }
        #expect(read > 50)
    }

    @Test func gapsAreFilled() throws {
        for exercise in Sample.exercises("code-gaps", 500) {
            let line = try #require(exercise.content)
            guard let match = line.firstMatch(of: #/(\d+|___) ([-+*]|___) (\d+|___) == (\d+)/#) else { continue }
            let left = [match.output.1, match.output.2, match.output.3].map {
                $0 == "___" ? exercise.answer : String($0)
            }
            #expect(Arithmetic.value(left.joined())?.whole.map { "\($0)" } == String(match.output.4), "\(line)")
        }
    }
}
