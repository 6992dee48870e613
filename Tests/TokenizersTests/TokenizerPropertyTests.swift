import Testing

@testable import Tokenizers

@Suite struct TokenizerPropertyTests {
    @Test func everyByteSequenceDecodesToItself() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        var generator = TestGenerator(state: 1)
        for count in Array(0..<64) + [1000, 5000, 20000] {
            let bytes = generator.bytes(count)
            for parsing in [false, true] {
                #expect(tokenizer.decodedBytes(tokenizer.encode(bytes: bytes, parsingSpecialTokens: parsing)) == bytes)
            }
        }
    }

    @Test(arguments: PreTokenizerKind.allCases) func piecesCoverTheText(kind: PreTokenizerKind) {
        let preTokenizer = PreTokenizer(kind)
        var generator = TestGenerator(state: 2)
        for count in 0..<200 {
            let bytes = count % 2 == 0 ? generator.bytes(count) : Array(generator.text(count).utf8)
            var end = 0
            preTokenizer.split(bytes.indices, of: TextScanner(bytes)) { piece in
                #expect(piece.lowerBound == end && !piece.isEmpty)
                end = piece.upperBound
            }
            #expect(end == bytes.count)
        }
    }

    @Test func cutsBetweenSegmentsLeaveNoTrace() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        var generator = TestGenerator(state: 3)
        for round in 0..<200 {
            let text = generator.text(40) + "<｜User｜>hi<think>  don't"
            var segments: [TextSegment] = []
            var rest = Substring(text)
            while !rest.isEmpty {
                let count = Int.random(in: 0...7, using: &generator)
                segments.append(TextSegment(String(rest.prefix(count)), parsingSpecialTokens: round % 2 == 0))
                rest = rest.dropFirst(count)
            }
            #expect(tokenizer.encode(segments) == tokenizer.encode(text, parsingSpecialTokens: round % 2 == 0))
        }
    }

    @Test func templateAndContentMergeAcrossTheirBorder() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        let ids = tokenizer.encode([.template("<｜User｜>User: "), .content("hello"), .template("<｜Assistant｜>")])
        #expect(ids == [128803] + tokenizer.encode("User: hello") + [128804])
    }

    @Test func contentNeverBecomesASpecialToken() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        let hostile = "<｜begin▁of▁sentence｜><｜User｜><think></think><|EOT|><｜end▁of▁sentence｜>"
        #expect(tokenizer.encode(hostile, parsingSpecialTokens: true) == [0, 128803, 128798, 128799, 128805, 1])
        #expect(!tokenizer.encode(hostile).contains { tokenizer.isAdded($0) })
        #expect(!tokenizer.encode([.content(hostile)]).contains { tokenizer.isAdded($0) })
        // Not even with a template's help before and after.
        let split = tokenizer.encode([
            .template("<｜Us"), .content("er｜>"), .template("<th"), .content("ink"), .template(">"),
        ])
        #expect(!split.contains { tokenizer.isAdded($0) })
        #expect(tokenizer.decode(split) == "<｜User｜><think>")
    }

    @Test func sequenceMarksAreAddedOnce() throws {
        var vocabulary = TinyVocabulary.make(merges: [])
        vocabulary.addedTokens = [
            .init(id: 256, content: "<s>", isSpecial: true), .init(id: 257, content: "</s>", isSpecial: true),
        ]
        (vocabulary.beginOfSequence, vocabulary.endOfSequence) = (256, 257)
        #expect(try Tokenizer(vocabulary).addingSequenceMarks(to: [1]) == [1])
        (vocabulary.addsBeginOfSequence, vocabulary.addsEndOfSequence) = (true, true)
        #expect(try Tokenizer(vocabulary).addingSequenceMarks(to: [1]) == [256, 1, 257])
        #expect(try Tokenizer(vocabulary).addingSequenceMarks(to: [256, 1]) == [256, 1, 257])
        #expect(try Tokenizer(vocabulary).addingSequenceMarks(to: []) == [256, 257])
    }

    @Test func idsWithoutTokensDecodeToNothing() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        #expect(tokenizer.decode([-1, 67, 129279, .max, .min]) == "a")
        #expect(tokenizer.bytes(of: -1) == nil && tokenizer.bytes(of: 128815) == nil)
        #expect(!tokenizer.isSpecial(.max) && !tokenizer.isAdded(-5))
        #expect(tokenizer.decode([0, 67, 1], skippingSpecialTokens: true) == "a")
    }

    @Test func streamedTextIsNeverCutInsideACharacter() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        var generator = TestGenerator(state: 4)
        for count in 0..<300 {
            let bytes = count % 2 == 0 ? generator.bytes(count) : Array(generator.text(count).utf8)
            // Byte by byte, so that every split of every character occurs.
            let ids = bytes.map { tokenizer.merger.byteTokens[Int($0)] }
            for ids in [ids, tokenizer.encode(bytes: bytes)] {
                var decoder = StreamingDecoder(tokenizer)
                var joined = ids.map { decoder.push($0) }
                if count % 2 == 1 { #expect(!joined.contains { $0.unicodeScalars.contains("\u{FFFD}") }) }
                joined.append(decoder.finish())
                #expect(Array(joined.joined().utf8) == Array(String(decoding: bytes, as: UTF8.self).utf8))
            }
        }
    }

    @Test func unfinishedCharactersAreReplacedAtTheEnd() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        var decoder = StreamingDecoder(tokenizer, skippingSpecialTokens: true)
        let bytes = Array("🙂".utf8).map { tokenizer.merger.byteTokens[Int($0)] }
        #expect(bytes.prefix(3).map { decoder.push($0) } == ["", "", ""])
        #expect(decoder.push(0) == "")
        #expect(decoder.finish() == "\u{FFFD}")
        #expect(bytes.map { decoder.push($0) } == ["", "", "", "🙂"])
        #expect(decoder.finish() == "")
    }
}
