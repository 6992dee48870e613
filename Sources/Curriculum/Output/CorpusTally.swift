/// What was written: how many exercises of each task, for what.
package struct CorpusTally: Sendable, Equatable, Encodable {
    package struct Count: Sendable, Equatable, Encodable {
        /// In texts, and their bytes.
        package var text = 0
        package var textBytes = 0
        package var chats = 0
        package var chatBytes = 0
        package var questions = 0
        package var tests = 0
    }

    /// In the order of the mixture.
    package let tasks: [String]
    package private(set) var counts: [String: Count] = [:]
    /// Bytes of code listings, plain pages, and conversations of many turns.
    package var listingBytes = 0
    package var pageBytes = 0
    package var talkBytes = 0

    init(_ mixture: Mixture) { tasks = mixture.parts.map(\.task.name) }

    mutating func add(_ task: String, _ change: (inout Count) -> Void) { change(&counts[task, default: Count()]) }

    /// Adds a conversation about an exercise of `task`.
    mutating func add(_ exercise: Exercise, of task: String, in purpose: ExerciseStream.Purpose) {
        let bytes = exercise.fullText.utf8.count
        if purpose == .talk {
            talkBytes += bytes
        } else {
            add(task) { ($0.chats, $0.chatBytes) = ($0.chats + 1, $0.chatBytes + bytes) }
        }
    }

    /// Of a task, zeros where nothing was written.
    package func count(of task: String) -> Count { counts[task] ?? Count() }

    package var total: Count {
        counts.values.reduce(into: Count()) { total, count in
            total.text += count.text
            total.textBytes += count.textBytes
            total.chats += count.chats
            total.chatBytes += count.chatBytes
            total.questions += count.questions
            total.tests += count.tests
        }
    }
}
