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

/// Which of the two positional arguments of `study` is the model, and which the text.
struct StudyArguments: Equatable {
    var model: String?
    var corpus: String?

    /// An argument alone is the text if it is a file whose name does not say that it is a model or a shape.
    init(model: String?, corpus: String?) {
        var isFolder: ObjCBool = false
        let exists = model.map { FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) } ?? false
        let isModel = model.map { name in [".gguf", ".json", ".safetensors"].contains { name.hasSuffix($0) } } ?? false
        let isText = corpus == nil && exists && !isFolder.boolValue && !isModel
        self.model = isText ? nil : model
        self.corpus = isText ? model : corpus
    }
}
