import Files
import Foundation

/// Reads a corpus again and says whether its splits are apart and its steps true.
///
/// A test question overlaps if all its runs of 13 words stand in one text to learn from: short ones as a whole, with the mark before and the
/// end of the line behind. That its operands stand in no other step was seen to when the texts were made, and is checked here once more.
package struct CorpusCheck: Sendable, Equatable, Encodable {
    package private(set) var tests = 0
    package private(set) var documents = 0
    /// Test questions all of whose runs were found in one document.
    package private(set) var overlapping: [String] = []
    /// The mean share of a test question's runs that were found, wherever they stood.
    package private(set) var meanShare = 0.0
    /// Parts of steps that were verified, and those that are not true.
    package private(set) var verifiedSteps = 0
    package private(set) var wrongSteps: [String] = []
    /// Texts in which a pair of operands stands that is held out.
    package private(set) var heldOutPairs: [String] = []

    package var isGood: Bool { overlapping.isEmpty && wrongSteps.isEmpty && heldOutPairs.isEmpty }

    /// No list in the report is longer.
    private static let most = 20

    /// Where what is learned from stands in a corpus.
    private static let learned = [
        "text/training/sheets", "text/training/code", "text/training/pages", "chats/training",
        "talks/training", "questions/training.jsonl",
    ]

    /// Bytes that are looked through for the corpus in `folder`.
    package static func byteCount(of folder: String) -> Int {
        learned.reduce(0) { $0 + files(in: "\(folder)/\($1)").reduce(0) { $0 + size($1) } }
    }

    /// - Parameter progress: called with the bytes read; what it throws ends the work.
    /// - Throws: `InputError` if the folder holds no corpus, or a file of it cannot be read.
    package init(folder: String, progress: (Int) throws -> Void = { _ in }) throws {
        let questions = try Self.files(in: "\(folder)/tests").flatMap { try Self.records($0) }.compactMap {
            $0["prompt"]?.string
        }
        guard !questions.isEmpty else {
            throw InputError(
                .missing, source: folder, field: "tests", found: "found no question",
                expected: "a folder that isobath data generate made", advice: "give the path of one")
        }
        tests = questions.count
        var search = OverlapSearch(for: questions)
        var done = 0
        for file in Self.learned.flatMap({ Self.files(in: "\(folder)/\($0)") }) {
            for record in try Self.records(file) { add(Self.text(record), &search) }
            done += Self.size(file)
            try progress(done)
        }
        meanShare = search.meanShare
        overlapping = Array(search.overlapping.prefix(Self.most))
    }

    /// Looks through one document.
    private mutating func add(_ text: String, _ search: inout OverlapSearch) {
        documents += 1
        search.add(text)
        // What is asked is no step: "8 + 16=" is open.
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("Question: ") }
        let steps = StepCheck.check(lines.joined(separator: "\n"))
        verifiedSteps += steps.verified
        if wrongSteps.count < Self.most { wrongSteps += steps.wrong.prefix(Self.most - wrongSteps.count) }
        if heldOutPairs.count < Self.most, !ArithmeticPair.areFree(in: text, for: .training) {
            heldOutPairs.append(text)
        }
    }

    /// A record as it would stand in a text.
    private static func text(_ record: JSONValue) -> String {
        if let text = record["text"]?.string { return text }
        if let prompt = record["prompt"]?.string { return "Question: \(prompt)\n" }
        return (record["messages"]?.array ?? []).map { message in
            let content = message["content"]?.string ?? ""
            let thought = message["reasoning_content"]?.string.map { $0 + "\n" } ?? ""
            return message["role"]?.string == "user" ? "Question: \(content)\n" : "\(thought)Answer: \(content)\n"
        }.joined()
    }

    /// The files in a folder; a file itself.
    private static func files(in folder: String) -> [String] {
        if folder.hasSuffix(".jsonl") { return [folder] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".jsonl") }.sorted().map { "\(folder)/\($0)" }
    }

    private static func size(_ path: String) -> Int { (try? MappedFile(path: path).byteCount) ?? 0 }

    private static func records(_ path: String) throws -> [JSONValue] {
        let file = try MappedFile(path: path)
        let bytes = file.withBytes(in: 0..<file.byteCount) { Array($0) }
        return try bytes.split(separator: UInt8(ascii: "\n")).enumerated().map { index, line in
            try JSONParser.parse(Array(line), source: "\(path), line \(index + 1)")
        }
    }
}
