import Files

/// The name of a model's repository on a hub: `ORG/NAME`.
///
/// What it may consist of are the rules of the Hugging Face hub, so that a name can stand in a path and in an address
/// as it is: letters, digits, `-`, `_` and `.`, none of the last three in a row that means something else.
public struct RepositoryName: Sendable, Hashable {
    /// Who publishes it.
    public let owner: String
    /// What it is called there.
    public let name: String

    /// `nil` if `text` is no such name.
    public init?(_ text: some StringProtocol) {
        let parts = String(text).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy(RepositoryName.isAllowed) else { return nil }
        (owner, name) = (String(parts[0]), String(parts[1]))
    }

    private static func isAllowed(_ part: Substring) -> Bool {
        let marks: [Character] = ["-", "."]
        guard let first = part.first, let last = part.last, part.utf8.count <= 96, !marks.contains(first),
            !marks.contains(last), !part.contains("--"), !part.contains(".."), !part.lowercased().hasSuffix(".git")
        else { return false }
        return part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    }
}

extension RepositoryName: CustomStringConvertible {
    /// `ORG/NAME`.
    public var description: String { "\(owner)/\(name)" }
}

extension RepositoryName {
    /// The name of the repository's folder in the store, as the Hugging Face cache has it.
    var folderName: String { "models--\(owner)--\(name)" }

    /// The repository whose folder in the store has this name; `nil` for other folders.
    init?(folderName: String) {
        let parts = folderName.split(separator: "--", omittingEmptySubsequences: false)
        // No part of a name contains two dashes in a row, so the folder's name can be taken apart again.
        guard parts.count >= 3, parts[0] == "models" else { return nil }
        self.init("\(parts[1])/\(parts[2...].joined(separator: "--"))")
    }
}
