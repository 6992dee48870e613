import ArgumentParser
import Files
import Foundation
import Reports
import Training

/// `isobath report`: what came of runs.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Compare training runs: curves, settings, load of experts.",
        discussion: """
            Prints what came out and the curve of the loss. A page with all curves is one file, which needs nothing beside it.

              isobath report runs/one runs/two --html report.html
              isobath report runs/one --svg curves
              isobath report --list
            """)

    @Argument(help: "Folders of runs.")
    var runs: [String] = []

    @Flag(help: "List the runs of a folder, runs/ unless given.")
    var list = false

    @Option(help: "The page to write.")
    var html: String?

    @Option(help: "A folder for the curves, an SVG file each.")
    var svg: String?

    @Flag(help: "Print JSON.")
    var json = false

    mutating func validate() throws {
        if list, html != nil || svg != nil { throw ValidationError("--list writes no page and no curves.") }
        if list, runs.count > 1 { throw ValidationError("--list takes one folder.") }
        if !list, runs.isEmpty { throw ValidationError("Name the folders of runs, or give --list.") }
    }

    mutating func run() throws {
        if list { return try printList(runs.first ?? "runs") }
        let comparison = RunComparison(try runs.map { try RecordedRun(path: $0) })
        if let html { try writeAtomically(Data(comparison.document.html.utf8), to: html) }
        if let svg { try write(comparison, to: svg) }
        if json { return try StandardOutput.json(comparison) }
        try printText(comparison)
        if let html { StandardOutput.remark("The page is \(html).") }
        if let svg { StandardOutput.remark("The curves are in \(svg).") }
    }

    private func printText(_ comparison: RunComparison) throws {
        for block in comparison.document.blocks.prefix(1) {
            if case .table(let table) = block { try StandardOutput.line(Self.text(table)) }
        }
        if comparison.runs.count > 1, !comparison.differences.rows.isEmpty {
            try StandardOutput.line("\n" + Self.text(comparison.differences))
        }
        for curve in comparison.curves where Self.shown.contains(curve.name) {
            try StandardOutput.line("\n" + curve.plot(comparison.runs).text())
        }
    }

    /// The curves that a terminal has room for.
    private static let shown = ["loss", "validationLoss", "reward", "validationReward"]

    private static func text(_ table: DocumentTable) -> String {
        Format.table([table.columns] + table.rows, rightAligned: table.numeric)
    }

    private func write(_ comparison: RunComparison, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for curve in comparison.curves {
            try write(curve.plot(comparison.runs).svg(), to: "\(folder)/\(curve.name).svg")
        }
        for run in comparison.runs {
            guard let map = run.loadMap else { continue }
            try write(map.svg(), to: "\(folder)/experts-\(run.name.replacing("/", with: "-")).svg")
        }
    }

    /// A file of its own needs what a page says around it.
    private func write(_ svg: String, to path: String) throws {
        let standing = svg.replacing(
            "<svg ", with: "<svg xmlns=\"http://www.w3.org/2000/svg\" color=\"#1c2733\" style=\"background:#fff\" ",
            maxReplacements: 1)
        try writeAtomically(Data(standing.utf8), to: path)
    }

    private func printList(_ folder: String) throws {
        guard FileManager.default.fileExists(atPath: folder + "/index.sqlite") else {
            throw InputError(
                .missing, source: folder, found: "found no index.sqlite", expected: "a folder with runs in it",
                advice: "give the folder that holds the runs' folders")
        }
        let entries = try RunIndex(in: folder).entries
        if json { return try StandardOutput.json(entries) }
        let rows = entries.map { entry in
            [
                entry.folder, entry.name, entry.recipe, Self.time(entry.started), "\(entry.step) of \(entry.steps)",
                entry.loss.map { Format.significant($0) } ?? "–", entry.status,
            ]
        }
        try StandardOutput.line(
            Format.table(
                [["folder", "run", "recipe", "began", "step", "loss", "status"]] + rows, rightAligned: [4, 5]))
    }

    private static func time(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds).formatted(
            .iso8601.year().month().day().dateSeparator(.dash).dateTimeSeparator(.space).time(
                includingFractionalSeconds: false)
        )
    }
}
