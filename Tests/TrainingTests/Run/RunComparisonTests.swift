import Files
import Foundation
import Reports
import TestSupport
import Testing

@testable import Training

@Suite struct RunComparisonTests {
    /// A run's folder with these numbers in it, without having trained.
    private func folder(_ path: String, rate: String, losses: [Double], experts: [[Int]] = []) throws -> RecordedRun {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data("name: x\nrate: {top: \(rate)}\nlist: [1, 2]\nsources:\n- {path: a}\n".utf8)
            .write(to: URL(filePath: path + "/settings.yaml"))
        let lines = losses.enumerated().map { index, loss in
            StepMetrics(
                step: index + 1, tokens: 10 * (index + 1), loss: loss, rate: 0.1, gradientNorm: 1, tokensPerSecond: 5,
                values: index == losses.count - 1 ? [("validationLoss", loss + 1)] : [],
                experts: experts.map { ExpertLoad(layer: 1, counts: $0) }
            ).line
        }
        try Data((lines.joined(separator: "\n") + "\n{\"step\": 9").utf8)
            .write(to: URL(filePath: path + "/metrics.jsonl"))
        return try RecordedRun(path: path)
    }

    @Test func runsAreComparedByWhatDiffers() throws {
        let root = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: root) }
        let runs = [
            try folder(root + "/a/run", rate: "1e-3", losses: [3, 2, 1]),
            try folder(root + "/b/run", rate: "2e-3", losses: [3, .nan], experts: [[6, 2]]),
        ]
        let comparison = RunComparison(runs)
        #expect(comparison.runs.map(\.name) == ["a/run", "b/run"])
        #expect(
            comparison.differences == DocumentTable(["setting", "a/run", "b/run"], [["rate.top", "1e-3", "2e-3"]]))
        #expect(runs[0].settings.map(\.path) == ["name", "rate.top", "list", "sources[0].path"])
        #expect(runs[0].finalLoss == 1 && runs[0].bestValidation == 2 && runs[1].finalLoss == nil)
        #expect(
            comparison.curves.map(\.name)
                == ["loss", "validationLoss", "rate", "gradientNorm", "tokensPerSecond", "violation"])
        let loss = comparison.curves[0].plot(comparison.runs)
        #expect(loss.series.map { $0.points.map(\.y) } == [[3, 2, 1], [3]])
        #expect(runs[0].loadMap == nil && runs[1].loadMap?.groups[0].rows == [[1.5, 1.5], [0.5, 0.5]])
        #expect(runs[1].metrics[0].experts[0].violation == 0.5)
        let page = comparison.document.html
        #expect(page.contains("Settings that differ") && page.contains("Load of experts") && page.contains("rate.top"))
    }

    /// Of long runs means are drawn, whose mean is that of all.
    @Test func longCurvesAreThinned() throws {
        let root = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: root) }
        let run = try folder(root + "/run", rate: "1", losses: (0..<4800).map { Double($0 % 7) })
        let points = RunComparison([run]).curves[0].plot([run]).series[0].points
        #expect(points.count == 240 && points.allSatisfy { $0.y > 2 && $0.y < 4 })
        #expect(run.metrics.count == 4800)
    }

    @Test func rewardsAreComparedWhereThereAreSome() throws {
        let root = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: root) }
        let plain = try folder(root + "/plain", rate: "1", losses: [3, 2])
        let path = root + "/rewarded"
        _ = try folder(path, rate: "1", losses: [])
        let lines = (1...20).map { step in
            StepMetrics(
                step: step, tokens: step, loss: 0, rate: 0.1, gradientNorm: 1, tokensPerSecond: 5,
                values: [("reward", Double(step))]
            ).line
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: path + "/metrics.jsonl"))
        let rewarded = try RecordedRun(path: path)
        #expect(rewarded.firstReward == 1.5 && rewarded.finalReward == 19.5 && plain.finalReward == nil)
        let comparison = RunComparison([plain, rewarded])
        #expect(comparison.curves.contains { $0.name == "reward" })
        let page = comparison.document.html
        #expect(page.contains("reward at the end") && page.contains("19.5") && page.contains("Reward"))
        #expect(!RunComparison([plain]).document.html.contains("reward"))
    }

    @Test func foldersWithoutARunAreRefused() throws {
        let root = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: root) }
        #expect(throws: InputError.self) { try RecordedRun(path: root) }
        #expect(throws: InputError.self) { try RecordedRun(path: "/no/such/folder") }
        for text in ["[1, 2]", "a: [", ""] {
            try Data(text.utf8).write(to: URL(filePath: root + "/settings.yaml"))
            #expect(throws: InputError.self, "\(text)") { try RecordedRun(path: root) }
        }
    }
}

@Suite struct RunIndexTests {
    private func entry(_ folder: String, step: Int, at time: Double) -> RunIndex.Entry {
        .init(
            folder: folder, name: "n", recipe: "r", started: time, updated: time, step: step, steps: 9, loss: nil,
            status: "running")
    }

    @Test func runsAreKnownByTheirFolder() throws {
        let root = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: root) }
        try RunIndex(in: root).note(entry("b", step: 1, at: 1))
        let index = try RunIndex(in: root)
        try index.note(entry("a", step: 1, at: 2))
        try index.note(entry("b", step: 7, at: 3))
        let entries = try index.entries
        #expect(entries.map(\.folder) == ["b", "a"] && entries.map(\.step) == [7, 1])
        #expect(entries[0].started == 1 && entries[0].updated == 3)
    }

    @Test func otherFilesAreRefused() throws {
        let root = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: root) }
        try Data(String(repeating: "no database ", count: 500).utf8).write(to: URL(filePath: root + "/index.sqlite"))
        #expect(throws: InputError.self) { try RunIndex(in: root) }
        #expect(throws: InputError.self) { try RunIndex(in: root + "/none") }
    }
}
