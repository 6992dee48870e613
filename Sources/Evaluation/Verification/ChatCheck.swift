import Files
import Generation
import Tokenizers

/// The chat templates against prompts that transformers rendered: `rendered.json`, and the templates in Jinja.
struct ChatCheck: VerificationCheck {
    let area = VerificationArea.chat
    let name: String
    let folder: String

    func compare(engines: [EngineSettings.Engine]) throws -> Tally {
        let document = try RecordedFields(path: folder + "/rendered.json")
        var tally = Tally()
        for (name, fields) in try document.member("templates").members() {
            try compareTemplate(name, try fields.member("file").string(), document, &tally)
        }
        for fields in try document.member("cases").elements() { try compareCase(fields, &tally) }
        return tally
    }

    /// Whether a checkpoint that declares the Jinja text gets the template.
    private func compareTemplate(
        _ name: String, _ file: String, _ document: RecordedFields, _ tally: inout Tally
    ) throws {
        let jinja = try text(file)
        tally.count("templates")
        guard let found = ChatTemplate(recognizing: jinja) else {
            return tally.fail("\(file) was not recognized.")
        }
        if found.name == name { return }
        // Two templates with one text (V3's and Prover V2's) cannot be told apart.
        let other = try document.member("templates").member(found.name).member("file").string()
        let isSame = try text(other) == jinja
        tally.expect(isSame, "\(file) was taken for \(found.name).")
    }

    private func text(_ file: String) throws -> String {
        let file = try MappedFile(path: folder + "/" + file)
        return file.withBytes(in: 0..<file.byteCount) { String(decoding: $0, as: UTF8.self) }
    }

    private func compareCase(_ fields: RecordedFields, _ tally: inout Tally) throws {
        let template = try ChatTemplate(named: try fields.member("template").string())
        let segments = try template.render(
            try fields.member("messages").elements().map(message),
            addingGenerationPrompt: try fields.member("add_generation_prompt").boolean(),
            thinking: fields.value["variables"]?["thinking"]?.boolean ?? false)
        let found = segments.map(\.text).joined()
        let expected = try fields.member("text").string()
        let conversation = try fields.member("conversation").string()
        tally.count("renderings")
        tally.expect(
            Array(found.utf8) == Array(expected.utf8),
            "\(template.name), \(conversation): rendered \(found.debugDescription), "
                + "where \(expected.debugDescription) was recorded.")
    }

    private func message(_ fields: RecordedFields) throws -> ChatMessage {
        let name = try fields.member("role").string()
        guard let role = ChatMessage.Role(rawValue: name) else {
            throw fields.defect(fields.path + ".role", "found “\(name)”", "a known role")
        }
        let calls = fields.value["tool_calls"] == nil ? nil : try fields.member("tool_calls").elements().map(call)
        return ChatMessage(role: role, content: fields.value["content"]?.string, toolCalls: calls)
    }

    private func call(_ fields: RecordedFields) throws -> ChatMessage.ToolCall {
        let function = try fields.member("function")
        return ChatMessage.ToolCall(
            type: try fields.member("type").string(), name: try function.member("name").string(),
            arguments: try function.member("arguments").string())
    }
}
