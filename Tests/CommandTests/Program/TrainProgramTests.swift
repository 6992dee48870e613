import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct TrainProgramTests {
    /// A recipe of a very small model, in a folder of its own.
    private func recipe(steps: Int) throws -> String {
        let folder = try Fixture.temporaryFolder()
        try Data(String(repeating: "the cat sat on the mat. ", count: 100).utf8)
            .write(to: URL(filePath: folder + "/text.txt"))
        let text = """
            seed: 7
            steps: \(steps)
            model:
              configuration: {model_type: llama, vocab_size: 256, hidden_size: 32, intermediate_size: 48,
                num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 64}
              initialization: {deviation: 0.05}
            data: {text: \(folder)/text.txt, validation: \(folder)/text.txt, sequence: 16}
            batch: {sequences: 4}
            rate: {top: 1e-2}
            checkpoints: {every: 3, keep: 1}
            evaluation: {every: 50}
            """
        try Data(text.utf8).write(to: URL(filePath: folder + "/recipe.yaml"))
        return folder
    }

    private func train(_ folder: String, _ run: String, _ more: [String] = []) throws -> Program.Result {
        try Program.run(["train", folder + "/recipe.yaml", "-o", "\(folder)/runs/\(run)", "-t", "1"] + more)
    }

    private func checkpoint(_ folder: String, _ run: String) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/runs/\(run)")
        return "\(folder)/runs/\(run)/" + (try #require(names.filter { $0.hasPrefix("checkpoint-") }.sorted().last))
    }

    private func bytes(_ path: String) throws -> [Data] {
        try ["model.safetensors", "training/memory.safetensors", "training/state.json"].map {
            try Data(contentsOf: URL(filePath: path + "/" + $0))
        }
    }

    /// Killed again and again, wherever that finds it, a run ends with the bits of one that was left alone.
    @Test func killedRunsEndAlike() throws {
        let folder = try recipe(steps: 60)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try train(folder, "whole").expectSuccess()
        var kills = 0
        for pause in stride(from: 30_000, to: 400_000, by: 23_000) {
            let program = try Program(
                ["train", folder + "/recipe.yaml", "-o", folder + "/runs/killed", "-t", "1"])
            usleep(UInt32(pause))
            program.kill()
            if try program.finish().wasSignalled { kills += 1 }
        }
        #expect(kills > 0)
        try train(folder, "killed").expectSuccess()
        #expect(try bytes(checkpoint(folder, "whole")) == bytes(checkpoint(folder, "killed")))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/runs/killed")
        #expect(names.filter { $0.hasPrefix("checkpoint-") }.count == 1)
    }

    @Test func interruptedRunsSaveAndGoOn() throws {
        let folder = try recipe(steps: 100_000)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let program = try Program(["train", folder + "/recipe.yaml", "-o", folder + "/runs/run", "-t", "1"])
        let metrics = folder + "/runs/run/metrics.jsonl"
        for _ in 0..<10_000 where ((try? Data(contentsOf: URL(filePath: metrics)).count) ?? 0) == 0 { usleep(2000) }
        program.interrupt()
        let result = try program.finish()
        #expect(result.status == 130 && result.errors.contains("the same command goes on from there"))
        let step = try #require(Int(checkpoint(folder, "run").suffix(6)))
        let next = try train(folder, "run", ["--until", "\(step + 1)"])
        next.expectSuccess()
        #expect(next.errors.contains("going on after step \(step) of 100000"))
    }

    @Test func modelsAndReportsComeOfIt() throws {
        let folder = try recipe(steps: 40)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try train(folder, "one")
        first.expectSuccess()
        #expect(first.errors.contains("rate.top: 1e-2") && first.errors.contains("optimizer.weightDecay: 0.1\n"))
        #expect(first.errors.contains("step 40 of 40: loss"))
        try train(folder, "two", ["--set", "rate.top=3e-3"]).expectSuccess()
        let answer = try Program.run(
            ["run", try checkpoint(folder, "one"), "the cat", "--raw", "--temperature", "0", "-n", "4"])
        answer.expectSuccess()
        let runs = ["\(folder)/runs/one", "\(folder)/runs/two"]
        let report = try Program.run(["report"] + runs + ["--html", folder + "/r.html", "--svg", folder + "/svg"])
        report.expectSuccess()
        #expect(report.text.contains("rate.top") && report.text.contains("* one   o two"))
        #expect(try String(contentsOfFile: folder + "/r.html", encoding: .utf8).contains("</html>"))
        #expect(FileManager.default.fileExists(atPath: folder + "/svg/loss.svg"))
        let json = try Program.run(["report"] + runs + ["--json"]).json()
        #expect(json.array?.map { $0["steps"]?.integer } == [40, 40])
        let list = try Program.run(["report", "--list", folder + "/runs"])
        #expect(list.text.components(separatedBy: "40 of 40").count == 3 && list.text.contains("finished"))
        let again = try train(folder, "one", ["--set", "seed=9"])
        again.expectFailure()
        let fresh = try train(folder, "one", ["--set", "seed=9", "--fresh", "--until", "1"])
        fresh.expectSuccess()
        #expect(fresh.errors.contains("is in \(folder)/runs/one.1 now"))
    }

    @Test(arguments: [
        ["train"], ["train", "/no/such/recipe.yaml"], ["train", "x", "--set", "steps"], ["train", "x", "--until", "0"],
        ["report"], ["report", "/no/such/run"], ["report", "--list", "/no/such/folder"],
    ])
    func misuseIsASentence(_ arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.status != 0 && !result.errors.isEmpty && !result.errors.contains("Fatal"))
    }
}
