import Generation
import Training

/// Code to learn from, with the value that each part prints behind it: for filling gaps, too.
struct CodeListingSource {
    let split: Split
    let seed: UInt64

    /// Some programs of one language.
    subscript(index: Int) -> String {
        var random = RandomSource(seed: DerivedSeed.seed(seed, 0xC0DE, split.number, UInt64(index)))
        let language = random.pick(CodeLanguage.allCases)
        let parts = (0..<random.number(2...6)).map { _ in listing(language, &random) }
        return "\(language.comment) \(language.rawValue)\n" + parts.joined(separator: "\n\n")
    }

    private func listing(_ language: CodeLanguage, _ random: inout RandomSource) -> String {
        while true {
            let sample = CodeSample.drawn(language, &random)
            let task = CodeValueTask(language: language).name
            // Ends: most programs are for training.
            guard Split(task: task, content: sample.program) == split, isFree(sample) else { continue }
            let steps = random.chance(0.5) ? sample.steps.map { "\(language.comment) \($0)\n" }.joined() : ""
            return steps + sample.program + "  \(language.comment) \(sample.value)"
        }
    }

    private func isFree(_ sample: CodeSample) -> Bool {
        ArithmeticPair.areFree(in: sample.program + "\n" + sample.steps.joined(separator: "\n"), for: split)
    }
}
