import Hub
import Reports

/// What `pull --json` prints.
struct PullResult: Encodable {
    struct File: Encodable {
        var path: String
        var bytes: Int
        var digest: String
    }

    var name: String
    /// What to open; absent if nothing was downloaded.
    var path: String?
    var repository: String
    var commit: String
    var format: String
    var quantization: String?
    var files: [File]
    var bytes: Int
    /// Bytes that had to come.
    var downloadedBytes: Int

    init(_ plan: PullPlan) {
        name = plan.reference.description
        repository = plan.reference.repository.description
        commit = plan.commit
        format = plan.format.rawValue
        quantization = plan.quantization
        files = plan.files.map { File(path: $0.path, bytes: $0.byteCount, digest: $0.digest.text) }
        bytes = plan.byteCount
        downloadedBytes = plan.byteCount - plan.presentBytes
    }

    mutating func add(_ model: StoredModel) {
        (name, path, quantization) = (model.name, model.path, model.quantization)
    }
}

/// What a pull is about to do, for people.
struct PullReport {
    let plan: PullPlan

    init(_ plan: PullPlan) { self.plan = plan }

    /// Files beyond these are counted only.
    private static let shownFiles = 16

    var text: String {
        let kind = [plan.format.rawValue, plan.quantization].compactMap(\.self).joined(separator: " ")
        let head =
            "\(plan.reference) at \(plan.commit.prefix(12)): \(kind), \(plan.files.count) files, "
            + Format.bytes(plan.byteCount)
        let here = plan.presentBytes > 0 ? ", \(Format.bytes(plan.presentBytes)) of it here" : ""
        let largest = plan.files.sorted { $0.byteCount > $1.byteCount }.prefix(PullReport.shownFiles)
        let table = Format.table(largest.map { ["  " + $0.path, Format.bytes($0.byteCount)] }, rightAligned: [1])
        let rest = plan.files.count - largest.count
        return [head + here, table, rest > 0 ? "and \(rest) more" : ""].filter { !$0.isEmpty }.joined(separator: "\n")
    }
}
