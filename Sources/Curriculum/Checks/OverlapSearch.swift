/// Looks for questions in documents, by their runs of words.
struct OverlapSearch {
    private let questions: [String]
    private let runs: [[UInt64]]
    /// The questions that begin with a run.
    private let beginning: [UInt64: [Int]]
    private let wanted: Set<UInt64>
    /// How long the questions are that are shorter than a run.
    private let lengths: Set<Int>
    private var found: Set<UInt64> = []
    private var whole: Set<Int> = []

    init(for questions: [String]) {
        self.questions = questions
        let tokens = questions.map(WordGrams.question)
        let runs = tokens.map(WordGrams.runs)
        self.runs = runs
        beginning = Dictionary(grouping: runs.indices) { runs[$0][0] }
        wanted = Set(runs.joined())
        lengths = Set(tokens.map(\.count).filter { $0 < WordGrams.length })
    }

    /// The questions all of whose runs stood in one document.
    var overlapping: [String] { whole.sorted().map { questions[$0] } }

    /// The mean share of a question's runs that stood in any document.
    var meanShare: Double {
        let shares = runs.map { runs in Double(runs.count { found.contains($0) }) / Double(runs.count) }
        return shares.reduce(0, +) / Double(max(shares.count, 1))
    }

    mutating func add(_ document: String) {
        let here = Set(runs(in: WordGrams.tokens(document)))
        found.formUnion(here)
        for run in here {
            for question in beginning[run] ?? [] where runs[question].allSatisfy({ here.contains($0) }) {
                whole.insert(question)
            }
        }
    }

    /// Those runs of a document that some question has.
    private func runs(in tokens: [UInt64]) -> [UInt64] {
        tokens.indices.flatMap { start in
            let short = tokens[start] == WordGrams.question ? lengths : []
            return (short + [WordGrams.length]).filter { start + $0 <= tokens.count }
                .map { WordGrams.run(tokens[start..<start + $0]) }.filter { wanted.contains($0) }
        }
    }
}
