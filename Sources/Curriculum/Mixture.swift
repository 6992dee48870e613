/// The tasks of the corpus and how much of each there is.
package struct Mixture: Sendable {
    package struct Part: Sendable {
        package let task: any ExerciseTask
        /// Of how many exercises in all; shares are weights over their sum.
        package let weight: Int
    }

    /// What a corpus has of, unless it is of certain tasks.
    package let parts: [Part]
    /// What is made only where it is named.
    package let onRequest: [Part]

    /// All tasks, those on the program's commands as its manual has them.
    package init(_ manual: CommandManual) {
        let talk: [(Int, (any ExerciseTask)?)] = [
            (32, CommandTask(manual)), (10, CommandMeaningTask(manual)), (10, CommandOptionTask(manual)),
            (20, RefusalTask()), (6, ConversationTask()), (6, FollowUpTask()),
        ]
        let all = Self.numbers + Self.order + Self.logic + Self.text + talk
        parts = all.compactMap { weight, task in task.map { Part(task: $0, weight: weight) } }
        onRequest = [Part(task: GreetingTask(), weight: 12)]
    }

    private static let numbers: [(Int, (any ExerciseTask)?)] = [
        (44, AdditionTask(name: "addition", digits: 1...4)), (10, AdditionTask(name: "long-addition", digits: 5...6)),
        (44, SubtractionTask(name: "subtraction", digits: 1...4)),
        (10, SubtractionTask(name: "long-subtraction", digits: 5...6)), (48, MultiplicationTask.small),
        (14, MultiplicationTask.large), (24, DivisionTask()), (16, DivisibilityTask()), (20, SignedTask()),
        (24, ExpressionTask()), (24, FractionTask()), (20, PercentageTask()), (16, NumberWordTask()),
        (14, DecimalTask()),
        (8, PowerTask()), (8, RoundingTask()),
        (40, UnitTask()), (30, ClockTask()), (48, DateTask()),
    ]

    private static let order: [(Int, (any ExerciseTask)?)] = [
        (30, ComparisonTask()), (48, SortingTask()), (20, ExtremeTask()), (20, CountingTask()), (20, SequenceTask()),
    ]

    private static let logic: [(Int, (any ExerciseTask)?)] = [
        (36, PropositionTask()), (28, TautologyTask()), (36, InferenceTask()), (20, OrderingTask()),
        (24, WhoIsWhoTask()),
    ]

    private static let text: [(Int, (any ExerciseTask)?)] =
        SpellingTask.Kind.allCases.map { (18, SpellingTask(kind: $0)) } + [
            (12, ListTask()), (24, FactTask()), (16, ReadingTask()), (50, WordProblemTask()),
        ] + CodeLanguage.allCases.map { (16, CodeValueTask(language: $0)) } + [(10, CodeGapTask())]

    private init(parts: [Part]) { (self.parts, onRequest) = (parts, []) }

    /// All that can be named.
    package var all: [Part] { parts + onRequest }

    /// Of tasks of these names alone.
    package func only(_ names: [String]) -> Mixture {
        Mixture(parts: all.filter { names.contains($0.task.name) })
    }

    /// The task of that name.
    package func task(named name: String) -> (any ExerciseTask)? { all.first { $0.task.name == name }?.task }

    /// How many exercises of each part there are among `total`: as the weights say, at least one.
    package func counts(of total: Int) -> [Int] {
        let sum = parts.reduce(0) { $0 + $1.weight }
        return parts.map { max(1, total * $0.weight / sum) }
    }
}
