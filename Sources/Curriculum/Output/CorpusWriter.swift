import Files
import Foundation
import Generation
import Training

/// Writes a corpus: the same bytes for the same settings, program and processor or not.
///
///     text/training/sheets, code, pages   {"text": …}           to learn language and steps from
///     text/validation/sheets, code
///     chats/training, validation          {"messages": […]}     to learn thinking and answering from
///     talks/training                      the same, of many turns
///     questions/training.jsonl            {"prompt", "answer", "task", "reward"}   to learn from rewards
///     questions/validation.jsonl          the same, to watch rewards on
///     tests/TASK.jsonl                    the same, held out
///     corpus.json                         settings and counts
package struct CorpusWriter {
    private let mixture: Mixture
    private let manual: CommandManual
    private let settings: CorpusSettings

    /// - Precondition: tasks have names of the mixture.
    package init(_ manual: CommandManual, _ settings: CorpusSettings) {
        (self.manual, self.settings) = (manual, settings)
        let all = Mixture(manual)
        mixture = settings.tasks.map(all.only) ?? all
    }

    /// Documents, conversations and questions in all.
    package var lineCount: Int {
        settings.sheets + settings.validationSheets + settings.listings + settings.pages + settings.chats
            + settings.validationChats + settings.talks + settings.questions + settings.validationQuestions
    }

    /// Writes the folder, which appears when it is complete.
    /// - Parameter progress: called with the lines done; what it throws ends the work, and nothing is left of it.
    /// - Throws: `InputError` if there is something at that path, or it cannot be written.
    package func write(to folder: String, progress: @escaping (Int) throws -> Void = { _ in }) throws -> CorpusTally {
        try NewFolder.fill(folder) { partial in
            var job = Job(folder: partial, tally: CorpusTally(mixture), progress: progress)
            try writeSheets(.training, settings.sheets, &job)
            try writeSheets(.validation, settings.validationSheets, &job)
            try writeCode(&job)
            try writePages(&job)
            try writeConversations(.chats, .training, settings.chats, &job)
            try writeConversations(.chats, .validation, settings.validationChats, &job)
            try writeConversations(.talks, .training, settings.talks, &job)
            try writeQuestions(.training, settings.questions, &job)
            try writeQuestions(.validation, settings.validationQuestions, &job)
            try writeTests(&job)
            try writeSummary(job)
            return job.tally
        }
    }

    /// What is being written.
    private struct Job {
        let folder: String
        var tally: CorpusTally
        let progress: (Int) throws -> Void
        private var done = 0

        init(folder: String, tally: CorpusTally, progress: @escaping (Int) throws -> Void) {
            (self.folder, self.tally, self.progress) = (folder, tally, progress)
        }

        func made(_ path: String) throws -> String {
            let whole = "\(folder)/\(path)"
            try FileManager.default.createDirectory(atPath: whole, withIntermediateDirectories: true)
            return whole
        }

        mutating func step() throws {
            done += 1
            if done.isMultiple(of: 100) { try progress(done) }
        }
    }

    private static func text(_ text: String) -> JSONValue { .object(JSONObject([("text", .string(text))])) }

    private func writeSheets(_ split: Split, _ count: Int, _ job: inout Job) throws {
        let source = SheetSource(mixture, split: split, seed: settings.seed)
        let folder = try job.made("text/\(split.rawValue)/sheets")
        try LineShards.write(count, to: folder, name: "sheets") { index in
            let sheet = source[index]
            for (task, exercise) in sheet.exercises where split == .training {
                job.tally.add(task) {
                    $0.text += 1
                    $0.textBytes += exercise.fullText.utf8.count
                }
            }
            try job.step()
            return Self.text(sheet.text)
        }
    }

    private func writeCode(_ job: inout Job) throws {
        let source = CodeListingSource(split: .training, seed: settings.seed)
        try LineShards.write(settings.listings, to: try job.made("text/training/code"), name: "code") { index in
            let listing = source[index]
            job.tally.listingBytes += listing.utf8.count
            try job.step()
            return Self.text(listing)
        }
    }

    private func writePages(_ job: inout Job) throws {
        let source = ProseSource(manual: manual, seed: settings.seed)
        try LineShards.write(settings.pages, to: try job.made("text/training/pages"), name: "pages") { index in
            let page = source[index]
            job.tally.pageBytes += page.utf8.count
            try job.step()
            return Self.text(page)
        }
    }

    private func writeConversations(
        _ length: ConversationSource.Length, _ split: Split, _ count: Int, _ job: inout Job
    ) throws {
        let source = ConversationSource(mixture, length, split: split, seed: settings.seed)
        let folder = try job.made("\(length.name)/\(split.rawValue)")
        try LineShards.write(count, to: folder, name: length.name) { index in
            let (task, exercise) = source[index]
            if split == .training { job.tally.add(exercise, of: task, in: length.purpose) }
            try job.step()
            return exercise.conversation
        }
    }

    /// Verifiable tasks by their weights, `count` questions in all; of each task, different prompts.
    private func writeQuestions(_ split: Split, _ count: Int, _ job: inout Job) throws {
        let parts = mixture.parts.filter(\.task.isVerifiable)
        let sum = parts.reduce(0) { $0 + $1.weight }
        var lines: [JSONValue] = []
        for part in parts {
            let name = part.task.name
            let stream = ExerciseStream(part.task, split: split, purpose: .question, seed: settings.seed)
            for exercise in stream.different(max(1, count * part.weight / sum)) {
                if split == .training { job.tally.add(name) { $0.questions += 1 } }
                lines.append(exercise.question(of: name))
                try job.step()
            }
        }
        // Mixed: whoever reads only the beginning sees all tasks.
        var random = RandomSource(seed: DerivedSeed.seed(settings.seed, 0x0DE8))
        let folder = try job.made("questions")
        try Self.write(random.shuffled(lines), to: "\(folder)/\(split.rawValue).jsonl")
    }

    private func writeTests(_ job: inout Job) throws {
        let folder = try job.made("tests")
        for part in mixture.parts where part.task.isVerifiable {
            let name = part.task.name
            // One seed for all corpora: models of different ones are asked the same.
            let stream = ExerciseStream(part.task, split: .test, purpose: .test, seed: 0)
            let exercises = stream.different(settings.testsPerTask)
            job.tally.add(name) { $0.tests += exercises.count }
            try Self.write(exercises.map { $0.question(of: name) }, to: "\(folder)/\(name).jsonl")
        }
    }

    private static func write(_ lines: [JSONValue], to path: String) throws {
        try writeAtomically(to: path) { try $0.append(Array(lines.map { $0.line + "\n" }.joined().utf8)) }
    }

    private func writeSummary(_ job: Job) throws {
        let tasks = mixture.parts.map { part -> (key: String, value: JSONValue) in
            let count = job.tally.count(of: part.task.name)
            let facts: [(key: String, value: JSONValue)] = [
                ("weight", .integer(part.weight)), ("text", .integer(count.text)), ("chats", .integer(count.chats)),
                ("questions", .integer(count.questions)), ("tests", .integer(count.tests)),
            ]
            return (part.task.name, .object(JSONObject(facts)))
        }
        let summary = JSONValue.object(
            JSONObject([
                ("seed", .number(String(settings.seed))), ("sheets", .integer(settings.sheets)),
                ("listings", .integer(settings.listings)), ("pages", .integer(settings.pages)),
                ("chats", .integer(settings.chats)), ("talks", .integer(settings.talks)),
                ("questions", .integer(settings.questions)), ("testsPerTask", .integer(settings.testsPerTask)),
                ("tasks", .object(JSONObject(tasks))),
            ]))
        try writeAtomically(to: "\(job.folder)/corpus.json") { try $0.append(Array(summary.text.utf8)) }
    }
}
