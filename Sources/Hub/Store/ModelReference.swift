import Files

/// What a person calls a model of a hub: `ORG/NAME`, perhaps with a revision and a choice among its files.
///
///     deepseek-ai/DeepSeek-V2-Lite-Chat
///     bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF:Q4_K_M
///     bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF:DeepSeek-R1-Distill-Qwen-1.5B-Q8_0.gguf
///     deepseek-ai/DeepSeek-V3@v1.0
public struct ModelReference: Sendable, Hashable {
    /// The repository that holds it.
    public let repository: RepositoryName
    /// A branch, a tag or a commit; `nil` stands for `main`.
    public let revision: String?
    /// A file's path in the repository or a quantization; `nil` leaves it to what the repository holds.
    public let selector: String?

    /// The branch that is meant where none is named.
    public static let defaultRevision = "main"

    /// Takes apart what was typed. The name of the Hugging Face hub may stand before it, as Ollama's users write it.
    /// - Returns: `nil` if it is no name of a model on a hub.
    public init?(_ text: String) {
        var rest = text[...]
        for prefix in ["https://", "hf.co/", "huggingface.co/", "hf://"] where rest.hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.count)
        }
        let selected = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let named = (selected.first ?? "").split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let repository = RepositoryName(named.first ?? "") else { return nil }
        self.init(
            repository: repository, revision: named.count > 1 ? String(named[1]) : nil,
            selector: selected.count > 1 ? String(selected[1]) : nil)
    }

    /// - Returns: `nil` if the revision or the selector could not be one.
    public init?(repository: RepositoryName, revision: String? = nil, selector: String? = nil) {
        for part in [revision, selector] {
            if let part, RepositoryPath.objection(to: part) != nil { return nil }
        }
        self.repository = repository
        self.revision = revision
        self.selector = selector
    }

    /// The revision, or the branch that is meant without one.
    var revisionOrDefault: String { revision ?? ModelReference.defaultRevision }
}

extension ModelReference: CustomStringConvertible {
    /// As `init(_:)` reads it.
    public var description: String {
        repository.description + (revision.map { "@" + $0 } ?? "") + (selector.map { ":" + $0 } ?? "")
    }
}
