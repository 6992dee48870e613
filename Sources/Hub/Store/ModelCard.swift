import Files
import Foundation

extension StoredModel {
    /// Under which terms the model may be used: what its card says, and the names of the files that hold the text.
    public var licence: String? {
        let card = files.first { $0.path.uppercased() == "README.MD" }.flatMap { ModelCard(path: $0.location) }
        let texts = files.map(\.path).filter {
            let name = $0.uppercased()
            return name.hasPrefix("LICENSE") || name.hasPrefix("LICENCE")
        }
        let parts =
            [card?.licence].compactMap(\.self) + (texts.isEmpty ? [] : ["text in \(texts.joined(separator: ", "))"])
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}

/// What the head of a repository's `README.md` says.
struct ModelCard {
    /// The licence's name.
    let licence: String?

    /// `nil` if the file cannot be read, or has no such head.
    init?(path: String) {
        guard let file = try? MappedFile(path: path), file.byteCount <= 4 << 20 else { return nil }
        self.init(file.withBytes(in: 0..<file.byteCount) { String(decoding: $0, as: UTF8.self) })
    }

    /// The head is YAML between two lines of dashes; of it, plain `key: value` lines at its left edge are read.
    init?(_ text: String) {
        var lines = text.split(maxSplits: 400, omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        func isRule(_ line: Substring) -> Bool { line.trimmingCharacters(in: .whitespaces) == "---" }
        guard let first = lines.popFirst(), isRule(first), let end = lines.firstIndex(where: isRule) else { return nil }
        var fields: [String: String] = [:]
        for line in lines[..<end] {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, ["license", "license_name"].contains(String(parts[0])) else { continue }
            let value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: " \t\r\"'"))
            if !value.isEmpty { fields[String(parts[0])] = printable(value, limit: 100) }
        }
        // "other" is what cards say whose licence has a name of its own.
        licence = fields["license"] == "other" ? fields["license_name"] ?? "other" : fields["license"]
    }
}
