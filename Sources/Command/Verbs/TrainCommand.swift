import ArgumentParser
import Files
import Foundation
import Isobath
import Reports
import Tensors
import Training

/// `isobath train`: a run from its recipe, begun or gone on with.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model by a recipe; go on with a run that was ended.",
        discussion: """
            A recipe is a YAML file; docs/training.md has its fields. The run goes to a folder, with all settings, a line of \
            metrics for each step, and checkpoints that every other verb opens. The same command goes on where a run was \
            ended, killed or interrupted by Ctrl-C, with the same bits as if nothing had happened.

              isobath train recipe.yaml
              isobath train recipe.yaml -o runs/two --set rate.top=1e-3 --set seed=2
              isobath report runs/one runs/two
            """)

    @Argument(help: "The recipe.")
    var recipe: String

    @Option(name: .shortAndLong, help: "The run's folder; runs/ and the run's name unless given.")
    var output: String?

    @Option(name: .long, help: "Change a field, like rate.top=1e-3; may be repeated.")
    var set: [String] = []

    @Flag(help: "Begin anew; a run that is in the folder is moved aside.")
    var fresh = false

    @Option(help: "Save and stop after this step.")
    var until: Int?

    @Option(name: [.customShort("t"), .long], help: "Threads; all cores unless given.")
    var threads: Int?

    mutating func validate() throws {
        if let until, until < 1 { throw ValidationError("--until must be at least 1.") }
        if let stray = set.first(where: { !$0.contains("=") }) {
            throw ValidationError("--set \(stray) has no value; give one like rate.top=1e-3.")
        }
    }

    mutating func run() throws {
        if let threads { ThreadPool.configure(threads: threads) }
        FreedMemory.keepForTraining()
        let text = try RecipeSection.text(at: recipe)
        let changes = set.map { change in
            let parts = change.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (path: String(parts[0]), value: String(parts[1]))
        }
        let stem = URL(filePath: recipe).deletingPathExtension().lastPathComponent
        let settings = try RunSettings(RecipeSection(yaml: text, source: recipe, changes: changes), name: stem)
        let folder = RunFolder(output ?? "runs/\(settings.name)")
        if fresh, let aside = try folder.moveAside() {
            StandardOutput.remark("The run that was in \(folder.path) is in \(aside) now.")
        }
        try train(settings, text, folder)
    }

    private func train(_ settings: RunSettings, _ text: String, _ folder: RunFolder) throws {
        var packing: ProgressLine?
        let run = try TrainingRun(
            settings, recipe: text, in: folder,
            operations: CPUOperations(productOrder: .chains),
            peak: PeakMeter(.f32, form: FloatKernels.selected().form, pool: .shared)?.sample(passes: 3)
        ) { done, total in
            packing = packing ?? ProgressLine(label: "Packing", unit: "bytes", total: total)
            packing?.update(done)
        }
        packing?.finish()
        // Only now: what refuses a run is one sentence, with nothing before it.
        for (path, value) in settings.listed { StandardOutput.remark("\(path): \(value)") }
        StandardOutput.remark(begin(run))
        let log = try RunLog(run)
        let interrupt = InterruptSignal(patience: 2)
        defer { interrupt.cancel() }
        let status: TrainingRun.Status
        do {
            status = try run.train(until: until) { step in
                log.note(step)
                return !interrupt.isRaised
            }
        } catch {
            log.finish(.failed)
            throw error
        }
        log.finish(status)
        guard status == .stopped else {
            return StandardOutput.remark("Finished after \(run.step) steps; the model is in \(folder.path).")
        }
        StandardOutput.remark(
            "Stopped after step \(run.step) of \(settings.steps); the same command goes on from there.")
        if interrupt.isRaised { throw ExitCode(130) }
    }

    private func begin(_ run: TrainingRun) -> String {
        let model =
            "\(Format.count(run.size.total)) parameters, \(Format.count(run.size.active)) of them for each token"
        let steps = run.settings.steps
        return run.firstStep == 0
            ? "\(run.folder.path): \(model), \(steps) steps."
            : "\(run.folder.path): \(model), going on after step \(run.firstStep) of \(steps)."
    }
}
