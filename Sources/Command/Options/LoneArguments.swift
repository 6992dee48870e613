import ArgumentParser
import Foundation

// Commands take a model and something else, in this order, and the model may be left out: what stands alone has to be told apart.

/// Which of the two positional arguments of `run` is the model, and which the prompt.
struct RunArguments: Equatable {
    var model: String?
    var prompt: String?

    /// One argument alone is a prompt for the model that comes along if it reads like a sentence and is no file.
    init(model: String?, prompt: String?, takesPrompt: Bool) throws {
        let looksLikeText = model.map { $0.contains(where: \.isWhitespace) } ?? false
        let exists = model.map { FileManager.default.fileExists(atPath: $0) } ?? false
        let isPrompt = takesPrompt && prompt == nil && looksLikeText && !exists
        self.model = isPrompt ? nil : model
        self.prompt = isPrompt ? model : prompt
    }
}

/// Which of the two positional arguments of `quantize` is the model, and which the file to write.
struct QuantizeArguments: Equatable {
    var model: String?
    var output: String?

    /// An argument alone is the file to write if it is called so and there is nothing yet: otherwise it is a model, or the name of one, and
    /// the file was forgotten.
    init(model: String?, output: String?, writesFile: Bool) {
        let isNewFile = model.map { $0.hasSuffix(".gguf") && !FileManager.default.fileExists(atPath: $0) } ?? false
        let isOutput = writesFile && output == nil && isNewFile
        self.model = isOutput ? nil : model
        self.output = isOutput ? model : output
    }
}

/// Which of the two positional arguments of `study`, `perplexity` and `imatrix` is the model, and which the text.
struct TextArguments: Equatable {
    var model: String?
    var corpus: String?

    /// An argument alone is the text if it stands for standard input, or is a file that is neither a model nor called like one, or if there is
    /// nothing and it is called like a text: whoever mistyped that is told what is not there.
    init(model: String?, corpus: String?, takesText: Bool = true) {
        let isText = takesText && corpus == nil && model.map(Self.isText) ?? false
        self.model = isText ? nil : model
        self.corpus = isText ? model : corpus
    }

    private static func isText(_ path: String) -> Bool {
        if path == "-" { return true }
        var isFolder: ObjCBool = false
        let isNamedLikeAModel = [".gguf", ".json", ".safetensors"].contains { path.hasSuffix($0) }
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            return !isNamedLikeAModel && isNamedLikeAText(path)
        }
        return !isFolder.boolValue && !isNamedLikeAModel && !beginsLikeAModel(path)
    }

    /// Whether it ends in letters behind a point; of models' names, what stands there are numbers (`Qwen-1.5B`).
    private static func isNamedLikeAText(_ path: String) -> Bool {
        let ending = URL(filePath: path).pathExtension
        return (1...8).contains(ending.count) && ending.allSatisfy(\.isLetter) && !path.contains(":")
    }

    /// Whether it is a GGUF file: caches call models by their hashes.
    private static func beginsLikeAModel(_ path: String) -> Bool {
        let first = try? FileHandle(forReadingAtPath: path)?.read(upToCount: 4)
        return first == Data("GGUF".utf8)
    }
}

/// Which of the two positional arguments of `adapter merge` and `adapter export` is the model, and which the adapter.
struct AdapterArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The model that the adapter is for: a GGUF file, a folder with safetensors, or a name; nano unless given.",
            valueName: "model"))
    var first: String

    @Argument(help: ArgumentHelp("The adapter, or ADAPTER:SCALE.", valueName: "adapter"))
    var second: String?

    /// An argument alone is the adapter, as without one there is nothing to do.
    var adapter: String { second ?? first }

    /// `nil` if none was named.
    var model: String? { second == nil ? nil : first }
}
