/// How much of everything a corpus has.
package struct CorpusSettings: Sendable, Equatable {
    /// Another seed gives other exercises to learn from; what is held out stays held out.
    package var seed: UInt64 = 1
    /// The only tasks whose exercises there are; all unless given.
    package var tasks: [String]?
    /// Sheets of exercises, of some five each.
    package var sheets = 60_000
    /// Listings of code.
    package var listings = 8_000
    /// Pages of plain sentences.
    package var pages = 8_000
    package var chats = 120_000
    /// Conversations of many turns.
    package var talks = 10_000
    /// Questions to be asked with rewards.
    package var questions = 20_000
    /// Questions held out for each task.
    package var testsPerTask = 200

    package init() {}

    /// What is set aside for validation: a fiftieth of the texts, conversations and questions.
    var validationSheets: Int { max(1, sheets / 50) }
    var validationChats: Int { max(1, chats / 50) }
    var validationQuestions: Int { max(1, questions / 50) }

    /// Everything multiplied by `factor`, but the tests.
    package func scaled(by factor: Double) -> CorpusSettings {
        func scaled(_ count: Int) -> Int { max(1, Int(Double(count) * factor)) }
        var settings = self
        (settings.sheets, settings.listings, settings.pages) = (scaled(sheets), scaled(listings), scaled(pages))
        (settings.chats, settings.talks, settings.questions) = (scaled(chats), scaled(talks), scaled(questions))
        return settings
    }
}
