import Files
import Foundation
import TestSupport
import Testing
import Tokenizers

@testable import Training

@Suite struct TokenPackingTests {
    /// Every document's tokens.
    static func documents(_ shards: [TokenShard]) -> [[Int32]] {
        shards.flatMap { shard in (0..<shard.documentCount).map { shard.tokens(ofDocument: $0) } }
    }

    @Test func filesAreDocumentsInOrderOfTheirPaths() throws {
        let packed = try DataFixture.packed([
            "b.txt": "Second text.", "a/z.md": "First text.",
            "c.jsonl": "{\"text\": \"Third\"}\n\n{\"text\": \"Fourth\"}\n",
            ".hidden": "no", "empty.txt": " \n", "binary.dat": "a\u{0}b",
        ])
        let tokenizer = try DataFixture.tokenizer.get().tokenizer
        let texts = ["First text.", "Second text.", "Third", "Fourth"]
        #expect(Self.documents(packed.training) == texts.map { [0] + tokenizer.encode($0) + [1] })
        #expect(packed.validation.isEmpty)
        #expect(packed.training[0].textByteCount == texts.reduce(0) { $0 + $1.utf8.count })
        #expect(!packed.training[0].isSupervised)
        #expect(try OpenTokenizer(path: packed.path).vocabulary.identity == packed.training[0].tokenizerIdentity)
    }

    @Test func separatorsCutTexts() throws {
        let packed = try DataFixture.packed(["a.txt": "one<|x|>two<|x|> \n<|x|>three"], separator: "<|x|>")
        let tokenizer = try DataFixture.tokenizer.get().tokenizer
        #expect(Self.documents(packed.training) == ["one", "two", "three"].map { [0] + tokenizer.encode($0) + [1] })
    }

    @Test func answersOfConversationsAreLearned() throws {
        let record = """
            {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "1+1?<｜User｜>"}, \
            {"role": "assistant", "content": "2"}, {"role": "user", "content": "And é?"}, \
            {"role": "assistant", "content": "A letter."}]}
            """
        let packed = try DataFixture.packed(["a.jsonl": record])
        let shard = packed.training[0]
        #expect(shard.isSupervised)
        let tokenizer = try DataFixture.tokenizer.get().tokenizer
        let excerpt = DocumentExcerpt(shard, document: 0, limit: 1000, tokenizer)
        #expect(
            excerpt.parts == [
                .init(text: "<｜begin▁of▁sentence｜>Be brief.<｜User｜>1+1?<｜User｜><｜Assistant｜>", isLearned: false),
                .init(text: "2<｜end▁of▁sentence｜>", isLearned: true),
                .init(text: "<｜User｜>And é?<｜Assistant｜>", isLearned: false),
                .init(text: "A letter.<｜end▁of▁sentence｜>", isLearned: true),
            ])
        // What a person typed is no mark.
        let user = tokenizer.id(of: "<｜User｜>")
        #expect(shard.tokens(ofDocument: 0).count { $0 == user } == 2)
    }

    /// With a thought, the last answer alone is learned, behind the prompt that people's questions get.
    @Test(arguments: ["v3", "r1"]) func thoughtsAreLearned(template: String) throws {
        // R1's prompt opens the thought, V3's leaves that to the answer.
        let opening = template == "r1" ? "<think>\n" : ""
        let learned = (template == "r1" ? "" : "<think>\n") + "1 and 2\n</think>\n\n3<｜end▁of▁sentence｜>"
        let record = """
            {"messages": [{"role": "user", "content": "1+1?"}, \
            {"role": "assistant", "content": "2", "reasoning_content": "1 and 1"}, {"role": "user", "content": "1+2?"}, \
            {"role": "assistant", "reasoning_content": "1 and 2", "content": "3"}]}
            """
        let trained = try DataFixture.tokenizer.get()
        let jinja = template == "r1" ? ChatTemplate.r1Jinja : ChatTemplate.v3Jinja
        let tokenizer = try OpenTokenizer(trained.vocabulary, chatTemplate: jinja)
        let folder = try DataFixture.folder(["a.jsonl": record])
        _ = try TokenPacking(try TextSources([folder]), tokenizer: tokenizer).write(to: folder + "-packed")
        let shard = try PackedTokens(path: folder + "-packed").training[0]
        let excerpt = DocumentExcerpt(shard, document: 0, limit: 1000, tokenizer.tokenizer)
        let given =
            "<｜begin▁of▁sentence｜><｜User｜>1+1?<｜Assistant｜>2<｜end▁of▁sentence｜><｜User｜>1+2?<｜Assistant｜>" + opening
        #expect(
            excerpt.parts == [.init(text: given, isLearned: false), .init(text: learned, isLearned: true)])
        // The marks are tokens.
        let mark = tokenizer.tokenizer.id(of: "</think>")
        #expect(shard.tokens(ofDocument: 0).count { $0 == mark } == 1)
    }

    @Test func completionsAreLearned() throws {
        let packed = try DataFixture.packed(["a.jsonl": #"{"prompt": "2+2=", "completion": "4"}"#])
        let tokenizer = try DataFixture.tokenizer.get().tokenizer
        let prompt = [0] + tokenizer.encode("2+2=")
        #expect(Self.documents(packed.training) == [prompt + tokenizer.encode("4") + [1]])
        #expect(packed.training[0].mask(ofDocument: 0) == prompt.map { _ in false } + [true, true])
    }

    @Test func validationIsAShareByHash() throws {
        let lines = try DataFixture.lines.get()
        let text = lines.map { "{\"text\": \(JSONValue.string($0).line)}" }.joined(separator: "\n")
        let packed = try DataFixture.packed(["a.jsonl": text], validation: 0.25)
        let (training, validation) = (Self.documents(packed.training), Self.documents(packed.validation))
        #expect(training.count + validation.count == lines.count)
        #expect((60...140).contains(validation.count))
        #expect(Set(training).isDisjoint(with: Set(validation)))
        // The same documents whatever stands before them.
        let reversed = text.split(separator: "\n").reversed().joined(separator: "\n")
        let again = try DataFixture.packed(["a.jsonl": reversed], validation: 0.25)
        #expect(Set(Self.documents(again.validation)) == Set(validation))
    }

    @Test func oneThreadAndThreeGiveTheSameBytes() throws {
        let lines = try DataFixture.lines.get()
        let files = Dictionary(uniqueKeysWithValues: lines.enumerated().map { ("\($0).txt", $1) })
        let source = try DataFixture.folder(files)
        let packing = TokenPacking(
            try TextSources([source]), tokenizer: try DataFixture.tokenizer.get(), validation: 0.1, tokensPerShard: 2000
        )
        for threads in [1, 3] { _ = try packing.write(to: "\(source)-\(threads)", pool: .init(threads: threads)) }
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(source)-1").sorted()
        #expect(names.count > 5)
        #expect(try names == FileManager.default.contentsOfDirectory(atPath: "\(source)-3").sorted())
        for name in names {
            #expect(FileManager.default.contentsEqual(atPath: "\(source)-1/\(name)", andPath: "\(source)-3/\(name)"))
        }
    }

    static let broken: [String: String] = [
        "no JSON": "{", "no text": "{\"title\": \"x\"}", "an array": "[1]",
        "a role that is none": #"{"messages": [{"role": "robot", "content": "x"}]}"#,
        "a message without content": #"{"messages": [{"role": "user"}]}"#,
        "a person's thought": #"{"messages": [{"role": "user", "content": "x", "reasoning_content": "y"}]}"#,
        "a thought that is no text": #"{"messages": [{"role": "assistant", "content": "x", "reasoning_content": 1}]}"#,
        "text among conversations": "{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"text\": \"c\"}",
        "nothing": "\n",
    ]

    @Test(arguments: broken.keys.sorted()) func brokenRecordsAreRefused(name: String) throws {
        let source = try DataFixture.folder(["a.jsonl": Self.broken[name] ?? ""])
        let packing = TokenPacking(try TextSources([source]), tokenizer: try DataFixture.tokenizer.get())
        #expect(throws: InputError.self) { try packing.write(to: source + "-packed") }
        let parent = URL(filePath: source).deletingLastPathComponent().path()
        let left = try FileManager.default.contentsOfDirectory(atPath: parent).filter {
            $0.hasPrefix(URL(filePath: source).lastPathComponent + "-packed")
        }
        #expect(left.isEmpty)
    }

    @Test func sourcesAndOutputsThatCannotBeAreRefused() throws {
        #expect(throws: InputError.self) { try TextSources(["/nowhere/at/all"]) }
        #expect(throws: InputError.self) { try TextSources([Fixture.temporaryFolder()]) }
        let source = try DataFixture.folder(["a.txt": "text", "b.bin": "\u{0}"])
        let tokenizer = try DataFixture.tokenizer.get()
        let named = TokenPacking(try TextSources([source + "/b.bin"]), tokenizer: tokenizer)
        #expect(throws: InputError.self) { try named.write(to: source + "-b") }
        let packing = TokenPacking(try TextSources([source]), tokenizer: tokenizer)
        #expect(try packing.write(to: source + "-a").skippedFiles == 1)
        #expect(throws: InputError.self) { try packing.write(to: source + "-a") }
        let plain = try OpenTokenizer(tokenizer.vocabulary, chatTemplate: "{{ other }}")
        let chats = try DataFixture.folder(["a.jsonl": #"{"messages": [{"role": "user", "content": "x"}]}"#])
        #expect(throws: InputError.self) {
            try TokenPacking(TextSources([chats]), tokenizer: plain).write(to: chats + "-packed")
        }
    }

    @Test func foldersWhoseShardsWereExchangedAreRefused() throws {
        let (first, second) = (try DataFixture.packed(["a.txt": "one"]), try DataFixture.packed(["a.txt": "two"]))
        let name = "/training-00000.tokens"
        try FileManager.default.removeItem(atPath: first.path + name)
        #expect(throws: InputError.self) { try PackedTokens(path: first.path) }
        try FileManager.default.copyItem(atPath: second.path + name, toPath: first.path + name)
        #expect(throws: InputError.self) { try PackedTokens(path: first.path) }
        let list = "{\"training\": [{\"file\": \"../x\", \"checksum\": \"0\"}], \"validation\": []}"
        try Data(list.utf8).write(to: URL(filePath: second.path + "/data.json"))
        #expect(throws: InputError.self) { try PackedTokens(path: second.path) }
    }

    @Test func countingIsTheSameForAnyNumberOfThreads() throws {
        let source = try DataFixture.folder(["a.txt": try DataFixture.lines.get().joined(separator: "\n")])
        let counting = PieceCounting(try TextSources([source, source]), kind: .deepSeekV3)
        let (one, three) = (
            try counting.counts(pool: .init(threads: 1)), try counting.counts(pool: .init(threads: 3))
        )
        let trainer = try BytePairTrainer(size: 500)
        #expect(try trainer.vocabulary(from: one).identity == trainer.vocabulary(from: three).identity)
    }
}
