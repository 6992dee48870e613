import Files
import Testing

@testable import Tokenizers

/// Whole conversations, and which of their words are the model's own.
@Suite struct ConversationTests {
    private static let call = ChatMessage.ToolCall(name: "add", arguments: #"{"a": 1}"#)

    private static let plain = [
        ChatMessage(role: .system, content: "Be kind."), ChatMessage(role: .user, content: "Hi <"),
        ChatMessage(role: .assistant, content: "<b>Hello"), ChatMessage(role: .user, content: "Bye"),
        ChatMessage(role: .assistant, content: "So long."),
    ]

    private static let tools = [
        ChatMessage(role: .user, content: "1+1"),
        ChatMessage(role: .assistant, content: nil, toolCalls: [call, call]),
        ChatMessage(role: .tool, content: "2"), ChatMessage(role: .tool, content: "3"),
        ChatMessage(role: .assistant, content: "Two."), ChatMessage(role: .user, content: "Thanks"),
        ChatMessage(role: .assistant, content: "Welcome"),
    ]

    private func answers(_ template: ChatTemplate, _ messages: [ChatMessage]) throws -> [String] {
        let (segments, answers) = try template.conversation(messages)
        let bytes = segments.flatMap { Array($0.text.utf8) }
        #expect(try segments == template.render(messages, addingGenerationPrompt: false))
        #expect(zip(answers, answers.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        return answers.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test(arguments: ChatTemplate.allCases) func answersAreFoundWithTheirEnds(_ template: ChatTemplate) throws {
        let end = template == .coder ? "\n<|EOT|>" : "<｜end▁of▁sentence｜>"
        let space = template == .plain ? " " : ""
        #expect(try answers(template, Self.plain) == [space + "<b>Hello" + end, space + "So long." + end])
    }

    private static let end = "<｜end▁of▁sentence｜>"
    private static let v3Call =
        "<｜tool▁call▁begin｜>function<｜tool▁sep｜>add\n```json\n{\"a\": 1}\n```<｜tool▁call▁end｜>"

    static let called: [ChatTemplate: [String]] = {
        let (begin, over) = ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>")
        let rest = ["Two." + end, "Welcome" + end]
        // As released: V3 ends the second call, R1 all of them together.
        let first = [begin + v3Call, "\n" + v3Call + over + end] + rest
        let second = [begin + v3Call + "\n" + v3Call + over + end] + rest
        let newer = "<｜tool▁call▁begin｜>add<｜tool▁sep｜>{\"a\": 1}<｜tool▁call▁end｜>"
        return [
            .v3: first, .proverV2: first, .r1Distill: first, .r1DistillFirst: first, .r1: second, .r1First: second,
            .v31: [begin + newer + newer + over + end] + rest,
        ]
    }()

    @Test(arguments: ChatTemplate.allCases.filter(\.takesTools)) func callsAreTheModelsOwn(
        _ template: ChatTemplate
    ) throws {
        #expect(try answers(template, Self.tools) == Self.called[template])
    }

    @Test func thoughtsThatAreLeftOutAreNoAnswer() throws {
        let messages = [
            ChatMessage(role: .user, content: "Why?"), ChatMessage(role: .assistant, content: "<think>\nhm</think>So."),
        ]
        for template in [ChatTemplate.r1, .r1Distill, .v31] {
            #expect(try answers(template, messages) == ["So." + Self.end])
        }
        #expect(try answers(.v3, messages) == ["<think>\nhm</think>So." + Self.end])
    }

    @Test func textBesideCallsIsRefusedWhereItWouldBeLost() throws {
        let both = ChatMessage(role: .assistant, content: "Let me see.", toolCalls: [Self.call])
        let question = ChatMessage(role: .user, content: "1+1")
        let result = ChatMessage(role: .tool, content: "2")
        for template in ChatTemplate.allCases where template.takesTools {
            let writes = [.r1, .r1First, .v31].contains(template)
            if writes {
                #expect(try answers(template, [question, both])[0].hasPrefix("Let me see.<"))
            } else {
                let error = #expect(throws: InputError.self) { try template.conversation([question, both]) }
                #expect(error?.kind == .unsupported && error?.field == "message 1")
            }
            if template != .v31 {
                #expect(throws: InputError.self) { try template.conversation([question, both, result, both]) }
            }
        }
    }

    static let tool = ChatTool(name: "add", description: "Adds.", parameters: #"{"type": "object"}"#)

    /// The form of DeepSeek-V3.1's model card, behind the system message.
    @Test func toolsAreListed() throws {
        let messages = [ChatMessage(role: .system, content: "Be kind."), ChatMessage(role: .user, content: "1+1")]
        let other = ChatTool(name: "<｜User｜>", description: "<think>", parameters: "{}")
        let segments = try ChatTemplate.v31.render(
            messages, addingGenerationPrompt: true, tools: [Self.tool, other])
        let expected = """
            <｜begin▁of▁sentence｜>Be kind.

            ## Tools
            You have access to the following tools:

            ### add
            Description: Adds.

            Parameters: {"type": "object"}

            ### <｜User｜>
            Description: <think>

            Parameters: {}

            IMPORTANT: ALWAYS adhere to this exact format for tool use:
            <｜tool▁calls▁begin｜><｜tool▁call▁begin｜>tool_call_name<｜tool▁sep｜>tool_call_arguments<｜tool▁call▁end｜>\
            {additional_tool_calls}<｜tool▁calls▁end｜>

            Where:
            - `tool_call_name` must be an exact match to one of the available tools
            - `tool_call_arguments` must be valid JSON that strictly follows the tool's Parameters Schema
            - For multiple tool calls, chain them directly without separators or spaces<｜User｜>1+1<｜Assistant｜></think>
            """
        #expect(segments.map(\.text).joined() == expected)
        // What a tool is called is nobody's mark.
        #expect(segments.contains(.content("<｜User｜>")) && segments.contains(.content("<think>")))
        for template in ChatTemplate.allCases where template != .v31 {
            #expect(!template.listsTools)
            #expect(throws: InputError.self) {
                try template.render(messages, addingGenerationPrompt: true, tools: [Self.tool])
            }
        }
    }
}
