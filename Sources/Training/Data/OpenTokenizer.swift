import Checkpoints
import Files
import Tokenizers

/// A tokenizer, what it was made of, and the chat template that lies with it.
package struct OpenTokenizer: Sendable {
    package let vocabulary: Vocabulary
    package let tokenizer: Tokenizer
    /// Jinja text.
    package let chatTemplate: String?

    /// Opens the tokenizer at `path`: a folder with tokenizer.json, that file, or a GGUF file.
    package init(path: String) throws {
        vocabulary = try openVocabulary(at: path)
        tokenizer = try Tokenizer(vocabulary)
        chatTemplate = try openChatTemplate(at: path)
    }

    package init(_ vocabulary: Vocabulary, chatTemplate: String?) throws {
        (self.vocabulary, self.chatTemplate) = (vocabulary, chatTemplate)
        tokenizer = try Tokenizer(vocabulary)
    }

    /// Writes the two files into a new folder, which appears when it is complete.
    /// - Throws: `InputError` if there is something at that path.
    package func create(_ folder: String) throws { try NewFolder.fill(folder) { try write(to: $0) } }

    /// Writes tokenizer.json and tokenizer_config.json into `folder`.
    package func write(to folder: String) throws {
        let configuration = vocabulary.tokenizerConfiguration(chatTemplate: chatTemplate, contextLength: 1 << 17)
        let files = [("tokenizer.json", try vocabulary.tokenizerFile()), ("tokenizer_config.json", configuration)]
        for (name, content) in files {
            try writeAtomically(to: "\(folder)/\(name)") { try $0.append(Array(content.text.utf8)) }
        }
    }
}
