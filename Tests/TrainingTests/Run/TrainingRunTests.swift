import Checkpoints
import Files
import Foundation
import Generation
import Models
import TestSupport
import Testing

@testable import Tensors
@testable import Training

@Suite struct TrainingRunTests {
    private static let short = """
        seed: 3
        steps: 12
        batch: {sequences: 4, sequencesAtOnce: 2}
        rate: {top: 3e-3, warmUpSteps: 2, rule: cosine}
        checkpoints: {every: 4, keep: 2}
        evaluation: {every: 6}
        """

    private static let long = """
        steps: 60
        batch: {sequences: 8}
        rate: {top: 1e-2}
        """

    /// Each byte of the text follows from the one before: after some steps there is little left to be wrong about.
    @Test func repetitionIsLearned() throws {
        let fixture = try RunFixture(Self.long)
        defer { fixture.remove() }
        let run = try fixture.run("run", threads: 2)
        #expect(try run.train() == .finished)
        let metrics = try fixture.metrics("run")
        let (first, last) = (try #require(metrics.first), try #require(metrics.last))
        // Nothing learned is −log 1/256; eight bytes with nothing known of their order would be −log 1/8 ≈ 2.08.
        #expect(abs(first.loss - log(256)) < 0.1 && last.loss < 0.2)
        #expect(try #require(last["predictionLoss"]) < 0.5)
        #expect(try #require(last["validationLoss"]) < 0.2)
        #expect(last.tokens == 60 * 8 * 16 && metrics.map(\.step) == Array(1...60))
        // Two mixtures, one of them a prediction layer, whose last token of a sequence has nothing to predict from.
        #expect(last.experts.map { $0.counts.reduce(0, +) } == [8 * 16 * 2, 8 * 15 * 2])
    }

    @Test func theModelOpensAsAnyOther() throws {
        let fixture = try RunFixture(Self.long)
        defer { fixture.remove() }
        _ = try fixture.run("run").train()
        let path = try #require(RunFolder(fixture.folder + "/run").checkpoints.last?.path)
        let model = try LanguageModel(path: path)
        let tokenizer = try model.requiredTokenizer()
        let tokens = tokenizer.encode("cdefghab")
        #expect(tokens == Array("cdefghab".utf8).map(Int32.init))
        let states = try model.decoder(
            model.decoder.step([.init(tokens: tokens, cache: nil)], operations: model.operations))
        let logits = model.decoder.logits(states, model.operations).floats.suffix(256)
        let best = try #require(logits.enumerated().max { $0.element < $1.element }?.offset)
        #expect(best == Int(UInt8(ascii: "c")))
    }

    @Test func resumedRunsHaveTheSameBits() throws {
        let fixture = try RunFixture(Self.short)
        defer { fixture.remove() }
        #expect(try fixture.run("whole").train() == .finished)
        #expect(try fixture.run("parts").train(until: 5) == .stopped)
        let resumed = try fixture.run("parts", threads: 2)
        #expect(resumed.firstStep == 5)
        #expect(try resumed.train() == .finished)
        #expect(try fixture.lastCheckpoint("whole") == fixture.lastCheckpoint("parts"))
        #expect(try fixture.lines("whole") == fixture.lines("parts"))
        let kept = RunFolder(fixture.folder + "/parts").checkpoints.map(\.step)
        #expect(kept == [8, 12])
    }

    /// A process that is killed leaves metrics beyond its last checkpoint, half a line, and half a checkpoint.
    @Test func remainsOfAKilledRunAreSwept() throws {
        let fixture = try RunFixture(Self.short)
        defer { fixture.remove() }
        _ = try fixture.run("whole").train()
        var steps = 0
        struct Killed: Error {}
        #expect(throws: Killed.self) {
            try fixture.run("killed").train { _ in
                steps += 1
                if steps == 7 { throw Killed() }
                return true
            }
        }
        let folder = fixture.folder + "/killed"
        let handle = try #require(FileHandle(forWritingAtPath: folder + "/metrics.jsonl"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"step\": 8, \"tok".utf8))
        for name in ["checkpoint-000008.part", "checkpoint-000002.old"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)/training", withIntermediateDirectories: true)
        }
        #expect(try fixture.metrics("killed").count == 7)
        let resumed = try fixture.run("killed")
        #expect(resumed.firstStep == 4)
        #expect(try fixture.metrics("killed").count == 4)
        _ = try resumed.train()
        #expect(try fixture.lastCheckpoint("whole") == fixture.lastCheckpoint("killed"))
        #expect(try fixture.lines("whole") == fixture.lines("killed"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(!names.contains { $0.hasSuffix(".part") || $0.hasSuffix(".old") })
    }

    @Test func aFinishedRunStaysAsItIs() throws {
        let fixture = try RunFixture(Self.short)
        defer { fixture.remove() }
        _ = try fixture.run("run").train()
        let before = try fixture.lastCheckpoint("run")
        #expect(try fixture.run("run").train() == .finished)
        #expect(try fixture.lastCheckpoint("run") == before)
    }

    @Test func aLossThatIsNoNumberStopsAfterSaving() throws {
        let fixture = try RunFixture(Self.short)
        defer { fixture.remove() }
        let error = try #require(throws: InputError.self) {
            try fixture.run("run", [("rate.top", "1000"), ("optimizer.clipping", "0"), ("checkpoints.every", "100")])
                .train()
        }
        let folder = RunFolder(fixture.folder + "/run")
        let saved = try #require(folder.checkpoints.last)
        #expect(error.field == "step \(saved.step + 1)")
        #expect(try RunCheckpoint(path: saved.path).step == saved.step)
    }
}
