import Files
import Foundation
import TestSupport
import Testing

@testable import Tokenizers

@Suite struct VocabularyTests {
    static func kind(_ vocabulary: Vocabulary) -> InputError.Kind? {
        do {
            _ = try Tokenizer(vocabulary)
            return nil
        } catch { return (error as? InputError)?.kind }
    }

    @Test func hostileVocabulariesAreRefused() {
        let good = TinyVocabulary.make(merges: [("a", "b"), ("ab", "c")])
        #expect(Self.kind(good) == nil)
        func changed(_ change: (inout Vocabulary) -> Void) -> InputError.Kind? {
            var vocabulary = good
            change(&vocabulary)
            return Self.kind(vocabulary)
        }
        func token(_ id: Int, _ content: String = "<x>") -> Vocabulary.AddedToken {
            .init(id: id, content: content, isSpecial: true)
        }
        #expect(changed { $0.tokens.append("ab") } == .duplicate)
        #expect(changed { $0.tokens[65] = nil } == .missing)
        #expect(changed { $0.tokens = [] } == .missing)
        #expect(changed { $0.merges.append(("a", "b")) } == .duplicate)
        #expect(changed { $0.merges += [("x", "y"), ("y", "z")] } == .missing)
        #expect(changed { $0.merges += [("x", "y")] } == nil)
        #expect(changed { $0.addedTokens = [token(-1)] } == .outOfBounds)
        #expect(changed { $0.addedTokens = [token(.max)] } == .outOfBounds)
        #expect(changed { $0.addedTokens = [token(1 << 22)] } == .outOfBounds)
        #expect(changed { $0.addedTokens = [token(300), token(301)] } == .duplicate)
        #expect(changed { $0.addedTokens = [token(300), token(300, "<y>")] } == .duplicate)
        #expect(changed { $0.addedTokens = [token(300, "")] } == .invalidValue)
        #expect(changed { $0.addedTokens = [token(3)] } == .invalidValue)
        #expect(changed { $0.addedTokens = [token(300)] } == nil)
        #expect(changed { $0.beginOfSequence = 258 } == .outOfBounds)
        #expect(changed { $0.endOfSequence = -1 } == .outOfBounds)
        #expect(changed { $0.padding = 257 } == nil)
        #expect(changed { $0.tokens = Array(repeating: nil, count: 1 << 22 + 1) } == .excessive)
    }

    @Test func gapsInIdsAreAllowed() throws {
        var vocabulary = TinyVocabulary.make(merges: [])
        vocabulary.addedTokens = [.init(id: 1000, content: "<x>", isSpecial: false)]
        let tokenizer = try Tokenizer(vocabulary)
        #expect(tokenizer.vocabularySize == 1001 && tokenizer.bytes(of: 500) == nil)
        #expect(tokenizer.encode("a<x>", parsingSpecialTokens: true) == [97, 1000])
    }

    @Test func specialTokenIsNoResultOfMerges() throws {
        var vocabulary = TinyVocabulary.make(merges: [("<", "s"), ("<s", ">")], kind: .llamaBPE)
        vocabulary.ignoresMerges = true
        vocabulary.addedTokens = [.init(id: 257, content: "<s>", isSpecial: true)]
        #expect(try Tokenizer(vocabulary).encode("<s>") == [256, 62])
    }

    @Test func wholePieceIsTakenWhereMergesAreIgnored() throws {
        var vocabulary = TinyVocabulary.make(merges: [("a", "b")])
        vocabulary.tokens.append("xyz")
        #expect(try Tokenizer(vocabulary).encode("xyz") == [120, 121, 122])
        vocabulary.ignoresMerges = true
        #expect(try Tokenizer(vocabulary).encode("xyz") == [257])
    }

    @Test func addedByteStaysAByte() throws {
        var vocabulary = TinyVocabulary.make(merges: [])
        vocabulary.tokens[0xF5] = nil
        vocabulary.addedTokens = [.init(id: 256, content: "õ", isSpecial: false)]
        let tokenizer = try Tokenizer(vocabulary)
        #expect(tokenizer.encode(bytes: [0xF5]) == [256])
        #expect(tokenizer.encode("õ", parsingSpecialTokens: true) == [0xC3, 0xB5])
    }

    @Test func addedTokensFollowTheirRules() throws {
        var vocabulary = TinyVocabulary.make(merges: [])
        var left = Vocabulary.AddedToken(id: 256, content: "<l>", isSpecial: true)
        left.stripsLeft = true
        var right = Vocabulary.AddedToken(id: 257, content: "<r>", isSpecial: true)
        right.stripsRight = true
        var word = Vocabulary.AddedToken(id: 258, content: "wo", isSpecial: false)
        word.isSingleWord = true
        let longer = Vocabulary.AddedToken(id: 259, content: "<r>>", isSpecial: true)
        var normalized = Vocabulary.AddedToken(id: 260, content: "b<", isSpecial: false)
        normalized.isNormalized = true
        vocabulary.addedTokens = [left, right, word, longer, normalized]
        let tokenizer = try Tokenizer(vocabulary)
        func parts(_ text: String) -> String {
            tokenizer.encode(text, parsingSpecialTokens: true)
                .map { $0 < 256 ? String(UnicodeScalar(UInt8($0))) : "(\($0))" }.joined()
        }
        #expect(parts("a \n <l> b") == "a(256) b")
        #expect(parts("a <r> \t b") == "a (257)b")
        #expect(parts("<r> <l>") == "(257)(256)")
        #expect(parts("wo two wow wo, wo") == "(258) two wow (258), (258)")
        #expect(parts("<r>>><r>") == "(259)>(257)")
        // What is matched in raw text goes before what is matched in normalised text, even if it begins later.
        #expect(parts("b<l>") == "b(256)")
        #expect(parts("b<x") == "(260)x")
    }

    @Test func normalizationComposes() throws {
        var vocabulary = TinyVocabulary.make(merges: [])
        vocabulary.normalization = .canonicalComposition
        let tokenizer = try Tokenizer(vocabulary)
        #expect(tokenizer.decodedBytes(tokenizer.encode("e\u{301}\u{212A}")) == Array("\u{E9}K".utf8))
        #expect(tokenizer.decodedBytes(tokenizer.encode(bytes: [0xCC, 0x65])) == [0xCC, 0x65])
    }
}

/// `tokenizer.json` in small: what is read, and what is refused.
@Suite struct TokenizerFileTests {
    static let split = #"{"type":"Split","pattern":{"Regex":"PATTERN"},"behavior":"Isolated","invert":false}"#
    static let byteLevel = #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}"#
    static let qwen =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#

    static func sequence(_ patterns: [String], _ others: [String] = []) -> String {
        let steps = patterns.map { split.replacing("PATTERN", with: $0) } + others + [byteLevel]
        return #"{"type":"Sequence","pretokenizers":["# + steps.joined(separator: ",") + "]}"
    }

    static func read(
        merges: String = #"["a b",["ab","c"]]"#, preTokenizer: String = sequence([qwen]), more: String = "",
        model: String = "", configuration: String = "{}"
    ) throws -> Vocabulary {
        let bytes = ByteAlphabet.characters.enumerated().map { byte, character in
            (character == "\"" || character == "\\" ? "\"\\\(character)\"" : "\"\(character)\"") + ":\(byte)"
        }
        let text =
            #"{"added_tokens":[{"id":258,"content":"<s>","special":true}],"pre_tokenizer":"# + preTokenizer + more
            + #","model":{"type":"BPE","vocab":{"# + bytes.joined(separator: ",") + #","ab":256,"abc":257},"merges":"#
            + merges + model + "}}"
        let path = try Fixture.temporaryFolder() + "/tokenizer.json"
        try Data(text.utf8).write(to: URL(filePath: path))
        return try Vocabulary(
            tokenizerFile: MappedFile(path: path),
            configuration: JSONParser.parse(configuration, source: "configuration").object)
    }

    static func kind(_ read: () throws -> Vocabulary) -> InputError.Kind? {
        do {
            _ = try Tokenizer(read())
            return nil
        } catch { return (error as? InputError)?.kind }
    }

    @Test func bothSpellingsOfMergesAreRead() throws {
        let tokenizer = try Tokenizer(Self.read())
        #expect(tokenizer.encode("abc<s>", parsingSpecialTokens: true) == [257, 258])
        #expect(tokenizer.preTokenizerKind == .qwen2)
    }

    @Test func preTokenizersAreTold() throws {
        let gpt4 = { Self.qwen.replacing(#"\\p{N}|"#, with: $0 + "|") }
        #expect(try Self.read(preTokenizer: Self.sequence([gpt4(#"\\p{N}{1,3}"#)])).preTokenizer == .llamaBPE)
        let coder = ["[\\r\\n]", #"\\s?\\p{L}+"#, #"\\s?\\p{P}+"#, "[一-龥ࠀ-一가-퟿]+"]
        let digits = #"{"type":"Digits","individual_digits":true}"#
        #expect(try Self.read(preTokenizer: Self.sequence(coder, [digits])).preTokenizer == .deepSeekCoder)
        #expect(try Self.read(preTokenizer: Self.sequence(coder + [#"\\p{N}"#])).preTokenizer == .deepSeekCoder)
        let letters =
            #"\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+"#
        let llm = ["[\\r\\n]", letters, #"\\s?[!-/:-~！-／：-～‘-‟　-。]+"#, #"\\s+$"#, "[一-龥ࠀ-一가-퟿]+"]
        #expect(try Self.read(preTokenizer: Self.sequence(llm, [digits])).preTokenizer == .deepSeekLLM)
    }

    @Test func otherPreTokenizersAreRefused() {
        let others = [
            "null", Self.byteLevel, #"{"type":"Whitespace"}"#, Self.sequence([]), Self.sequence(["\\\\s+"]),
            Self.sequence([Self.qwen, Self.qwen]), Self.sequence([Self.qwen]).replacing("Isolated", with: "Removed"),
            Self.sequence([Self.qwen]).replacing(#""use_regex":false"#, with: #""use_regex":true"#),
            Self.sequence([Self.qwen]).replacing(#""invert":false"#, with: #""invert":true"#),
        ]
        for other in others { #expect(Self.kind { try Self.read(preTokenizer: other) } == .unsupported, "\(other)") }
    }

    @Test func otherModelsAndNormalizersAreRefused() throws {
        #expect(Self.kind { try Self.read(more: #","normalizer":{"type":"Lowercase"}"#) } == .unsupported)
        #expect(Self.kind { try Self.read(more: #","normalizer":{"type":"Sequence","normalizers":[]}"#) } == nil)
        #expect(try Self.read(more: #","normalizer":{"type":"NFC"}"#).normalization == .canonicalComposition)
        #expect(Self.kind { try Self.read(model: #","byte_fallback":true"#) } == .unsupported)
        #expect(Self.kind { try Self.read(model: #","dropout":0.1"#) } == .unsupported)
        #expect(Self.kind { try Self.read(model: #","end_of_word_suffix":"</w>""#) } == .unsupported)
        #expect(Self.kind { try Self.read(merges: #"["a"]"#) } == .invalidValue)
        #expect(Self.kind { try Self.read(merges: #"["a b c"]"#) } == .invalidValue)
        #expect(Self.kind { try Self.read(merges: #"[["a"]]"#) } == .invalidValue)
        #expect(Self.kind { try Self.read(merges: #"[3]"#) } == .invalidValue)
        #expect(Self.kind { try Self.read(merges: #"{}"#) } == .invalidValue)
    }

    @Test func specialTokensComeFromTheConfiguration() throws {
        let named = #""bos_token":{"content":"<s>"},"eos_token":"ab","pad_token":null"#
        let vocabulary = try Self.read(configuration: "{\(named),\"add_bos_token\":true}")
        #expect(vocabulary.beginOfSequence == 258 && vocabulary.endOfSequence == 256 && vocabulary.padding == nil)
        #expect(vocabulary.addsBeginOfSequence && !vocabulary.addsEndOfSequence)
        let processor =
            #","post_processor":{"type":"Sequence","processors":[{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[258],"tokens":["<s>"]}}}]}"#
        #expect(try Self.read(more: processor, configuration: "{\(named)}").addsBeginOfSequence)
        #expect(
            try !Self.read(more: processor, configuration: "{\(named),\"add_bos_token\":false}").addsBeginOfSequence)
        #expect(try !Self.read(configuration: "{\(named)}").addsBeginOfSequence)
    }
}
