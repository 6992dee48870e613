import Generation
import Training

/// Sentences without questions: facts, stories, tables, rows of days and numbers, and what the program's commands do.
struct ProseSource {
    let manual: CommandManual
    let seed: UInt64

    subscript(index: Int) -> String {
        var random = RandomSource(seed: DerivedSeed.seed(seed, 0x9805E, UInt64(index)))
        switch random.below(manual.entries.isEmpty ? 5 : 6) {
        case 0, 1: return facts(&random)
        case 2: return stories(&random)
        case 3: return table(&random)
        case 4: return rows(&random)
        default: return commands(&random)
        }
    }

    private func facts(_ random: inout RandomSource) -> String {
        (0..<random.number(5...15)).map { _ in random.pick(FactTable.all).statement }.joined(separator: " ")
    }

    private func stories(_ random: inout RandomSource) -> String {
        (0..<random.number(1...3)).map { _ in
            ReadingTask.Story(&random).sentences.map(\.text).joined(separator: " ")
        }.joined(separator: "\n\n")
    }

    /// A row of a table up to 12, or one digit with all others, as columns need them.
    private func table(_ random: inout RandomSource) -> String {
        let number = random.number(1...12)
        switch random.below(3) {
        case 0: return (1...12).map { "\(number)*\($0)=\(number * $0)" }.joined(separator: "\n")
        case 1: return (0...9).map { "\(number % 10)+\($0)=\(number % 10 + $0)" }.joined(separator: "\n")
        default: return (1...12).map { "\(number * $0)/\(number)=\($0)" }.joined(separator: "\n")
        }
    }

    private func rows(_ random: inout RandomSource) -> String {
        let alphabet = "abcdefghijklmnopqrstuvwxyz".map(String.init)
        let start = random.below(1000)
        let row = random.pick([
            Gregorian.weekdays, Gregorian.months, alphabet, (start..<start + 20).map(String.init),
            (start..<start + 8).map { "\($0) \(NumberWords.words($0))" },
            random.sample(8, of: WordList.common).map { word in
                "\(word): " + word.map(String.init).joined(separator: " ")
            },
        ])
        return row.joined(separator: random.pick([", ", "\n"]))
    }

    private func commands(_ random: inout RandomSource) -> String {
        (0..<random.number(2...4)).map { _ in
            let entry = random.pick(manual.entries)
            let lines = CommandIntent.all.filter { manual.entry(of: $0.line)?.command == entry.command }
            let examples = random.sample(3, of: lines).map { "To \(random.pick($0.wishes)): \($0.line)" }
            return (["\(entry.command): \(entry.abstract)"] + examples).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}
