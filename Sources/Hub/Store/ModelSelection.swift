import Files

/// A file of a repository, or of a stored revision: what a choice among files looks at.
public struct NamedFile: Sendable, Equatable {
    /// Its path in the repository.
    public let path: String
    /// Its size.
    public let byteCount: Int
}

/// The files of a repository that are one model.
public struct ModelSelection: Sendable, Equatable {
    /// How the model is stored.
    public enum Format: String, Sendable, Codable {
        case gguf, safetensors
        /// A file that was named and is neither.
        case file
    }

    /// How the model is stored.
    public let format: Format
    /// Its files, the one by which it is opened last.
    public let files: [NamedFile]
    /// The path of the file to open; `nil` if it is the folder that is opened.
    public let entry: String?
    /// What chooses this model among those of the repository; `nil` if nothing need be said.
    public let selector: String?
    /// How its values are stored, as far as names tell.
    public let quantization: String?

    /// Bytes of all its files.
    public var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    /// The quantization that is meant where a repository has several and none was named.
    static let preferredQuantization = "Q4_K_M"

    /// Chooses what `selector` says: a path, a quantization, or what the repository is made for: its safetensors where
    /// it has some, or else its only GGUF file, or the one in Q4_K_M.
    /// - Parameter source: names the repository in errors.
    /// - Throws: `InputError` if there is none, or several fit.
    static func choose(_ files: [NamedFile], selector: String?, source: String) throws -> ModelSelection {
        let sets = GGUFSet.sets(of: files)
        if let selector { return try named(selector, files, sets, source) }
        if let folder = safetensors(files) { return folder }
        let plain = sets.filter { !$0.isCompanion }
        guard let set = plain.count == 1 ? plain[0] : plain.first(where: { $0.quantization == preferredQuantization })
        else { throw plain.isEmpty ? nothing(source) : ambiguous(plain, source) }
        return try ModelSelection(set, among: sets, files, source)
    }

    /// All models among `files`.
    static func all(of files: [NamedFile]) -> [ModelSelection] {
        let sets = GGUFSet.sets(of: files)
        let found = sets.filter { !$0.isCompanion }.compactMap { try? ModelSelection($0, among: sets, [], "") }
        return [safetensors(files)].compactMap(\.self) + found
    }

    private static func named(
        _ selector: String, _ files: [NamedFile], _ sets: [GGUFSet], _ source: String
    ) throws -> ModelSelection {
        if let set = sets.first(where: { $0.files.contains { $0.path == selector } }) {
            return try ModelSelection(set, among: sets, files, source)
        }
        if let file = files.first(where: { $0.path == selector }) {
            return ModelSelection(
                format: .file, files: [file], entry: file.path, selector: file.path, quantization: nil)
        }
        let wanted = selector.uppercased()
        let tagged = sets.filter { !$0.isCompanion && ($0.quantization == wanted || $0.stem.uppercased() == wanted) }
        guard let set = tagged.first else { throw unknown(selector, sets, source) }
        guard tagged.count == 1 else { throw ambiguous(tagged, source) }
        return try ModelSelection(set, among: sets, files, source)
    }

    // MARK: What to say instead

    private static func nothing(_ source: String) -> InputError {
        InputError(
            .missing, source: source, found: "found neither safetensors nor a GGUF file",
            expected: "a repository with a model in one of these formats",
            advice: "look for a conversion of the model to GGUF or safetensors")
    }

    private static func ambiguous(_ sets: [GGUFSet], _ source: String) -> InputError {
        InputError(
            .invalidValue, source: source, found: "found \(sets.count) GGUF models that fit", expected: "one",
            advice: "choose one by adding a colon and its name: \(list(sets))")
    }

    private static func unknown(_ selector: String, _ sets: [GGUFSet], _ source: String) -> InputError {
        InputError(
            .missing, source: source, field: selector, found: "found no such file or quantization",
            expected: sets.isEmpty ? "the path of a file in the repository" : "one of \(list(sets))",
            advice: "correct what stands after the colon, or leave it out")
    }

    private static func list(_ sets: [GGUFSet]) -> String {
        let names = sets.filter { !$0.isCompanion }.map { $0.shortName(among: sets) }
        let shown = names.prefix(24).joined(separator: ", ")
        return names.count > 24 ? "\(shown) and \(names.count - 24) more" : shown
    }
}

extension ModelSelection {
    fileprivate init(_ set: GGUFSet, among sets: [GGUFSet], _ all: [NamedFile], _ source: String) throws {
        if let missing = set.missing {
            throw InputError(
                .missing, source: source, field: missing, found: "found a part of a split model only",
                expected: "all its files", advice: "choose another file of the repository")
        }
        let others = all.filter { ModelSelection.isNote($0) }
        self.init(
            format: .gguf, files: others + set.files.reversed(), entry: set.files.first?.path,
            selector: sets.filter { !$0.isCompanion }.count > 1 ? set.shortName(among: sets) : nil,
            quantization: set.quantization)
    }

    /// The released folder: weights, configuration and tokenizer, all beside each other.
    fileprivate static func safetensors(_ files: [NamedFile]) -> ModelSelection? {
        let top = files.filter { !$0.path.contains("/") }
        let weights = top.filter { $0.path.hasSuffix(".safetensors") }
        guard !weights.isEmpty, let configuration = top.first(where: { $0.path == "config.json" }) else { return nil }
        // Some repositories hold the weights a second time in their publisher's own layout.
        let released = weights.filter { $0.path.hasPrefix("model.") || $0.path.hasPrefix("model-") }
        let small = top.filter { $0.path != "config.json" && (isSetting($0) || isNote($0)) }
        return ModelSelection(
            format: .safetensors, files: small + (released.isEmpty ? weights : released) + [configuration], entry: nil,
            selector: nil, quantization: nil)
    }

    /// Whether a file is one of those that say how a model computes, or how it reads and writes.
    private static func isSetting(_ file: NamedFile) -> Bool {
        let names = ["tokenizer.model", "merges.txt", "vocab.txt"]
        let fits = file.path.hasSuffix(".json") || file.path.hasSuffix(".jinja") || names.contains(file.path)
        return fits && file.byteCount <= 256 << 20
    }

    /// Whether a file tells people about the model, and under which terms they may use it.
    static func isNote(_ file: NamedFile) -> Bool {
        let name = file.path.uppercased()
        return file.byteCount <= 1 << 20 && !name.contains("/")
            && (name == "README.MD" || name.hasPrefix("LICENSE") || name.hasPrefix("LICENCE"))
    }
}
