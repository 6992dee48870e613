import Foundation
import Hub

/// What `list --json` and `show --json` print of a stored model.
struct StoredModelRow: Encodable {
    var name: String
    var path: String
    var repository: String
    var commit: String
    var revisions: [String]
    var format: String
    var quantization: String?
    var bytes: Int
    /// As ISO 8601 has it, to the second.
    var lastUsed: String

    init(_ model: StoredModel) {
        name = model.name
        path = model.path
        repository = model.repository.description
        commit = model.commit
        revisions = model.revisions
        format = model.format.rawValue
        quantization = model.quantization
        bytes = model.byteCount
        lastUsed = StoreDate.exact(model.lastUsed)
    }
}

/// Times of the store, as they are shown.
enum StoreDate {
    /// `2026-11-27T01:28:05Z`.
    static func exact(_ date: Date) -> String { date.formatted(.iso8601) }

    /// `2026-11-27`: file systems note times of reading to the day.
    static func day(_ date: Date) -> String { date.formatted(.iso8601.year().month().day()) }

    /// `2026-11-27 01:28`, in universal time.
    static func minute(_ date: Date) -> String { exact(date).replacing("T", with: " ").prefix(16) + " UTC" }
}
