import Foundation
import Testing

@testable import Reports

@Suite struct PlotTests {
    private func plot(_ points: [Plot.Point], _ x: Plot.Axis.Scale = .linear, _ y: Plot.Axis.Scale = .linear) -> Plot {
        Plot(title: "t", x: .init("size", x), y: .init("loss", y), series: [.init("recipes", points)])
    }

    struct Ticks: Sendable {
        let scale: Plot.Axis.Scale
        let range: ClosedRange<Double>
        let ticks: [Double]
    }

    static let ticks: [Ticks] = [
        Ticks(scale: .linear, range: 0...10, ticks: [0, 2, 4, 6, 8, 10]),
        Ticks(scale: .linear, range: 0.13...0.58, ticks: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
        Ticks(scale: .linear, range: -3...3, ticks: [-3, -2, -1, 0, 1, 2, 3]),
        Ticks(scale: .linear, range: 5...5, ticks: [4, 5, 6]),
        Ticks(scale: .logarithmic, range: 0.003...0.4, ticks: [0.001, 0.01, 0.1, 1]),
        Ticks(scale: .logarithmic, range: 3...40, ticks: [2, 5, 10, 20, 50]),
        Ticks(scale: .logarithmic, range: 1...1, ticks: [1, 2]),
    ]

    @Test(arguments: ticks) func ticksAreRoundAndCoverTheRange(_ expected: Ticks) {
        let (ticks, range) = Plot.Axis("", expected.scale).ticks(around: expected.range, about: 6)
        #expect(ticks.count >= 2 && ticks.count <= 9, "\(ticks)")
        #expect(range.lowerBound <= expected.range.lowerBound && range.upperBound >= expected.range.upperBound)
        #expect(ticks.allSatisfy { range.contains($0) })
        if expected.range.lowerBound != 5 {
            #expect(zip(ticks, expected.ticks).allSatisfy { abs($0 - $1) < 1e-9 * max(1, abs($1)) }, "\(ticks)")
        }
    }

    @Test func whatAnAxisCannotShowIsLeftOut() {
        let points = [-1, 0, .nan, .infinity, 2, 3].map { Plot.Point(x: $0, y: 1) }
        #expect(plot(points, .logarithmic).series[0].points.map(\.x) == [2, 3])
        #expect(plot(points).series[0].points.map(\.x) == [-1, 0, 2, 3])
        #expect(plot([]).svg().contains("</svg>") && plot([], .logarithmic, .logarithmic).svg().contains("</svg>"))
    }

    /// An XML parser takes every picture, whatever names are in it.
    @Test func namesCannotLeaveTheirText() {
        let hostile = "</text><script>alert(\"1\")</script>&"
        let drawn = Plot(
            title: hostile, x: .init(hostile), y: .init(hostile),
            series: [
                .init(hostile, [.init(x: 1, y: 1, error: 3, label: hostile), .init(x: 2, y: 2)], isLine: true),
                .init("b", [.init(x: 1, y: 1)]),
            ])
        let page = Document(
            title: hostile,
            blocks: [
                .heading(hostile), .paragraph(hostile), .code(hostile), .plot(drawn),
                .table(.init([hostile, "n"], [[hostile, "1"]], numeric: [1])),
            ]
        ).html
        #expect(!page.contains("<script"))
        #expect(page.components(separatedBy: "<svg").count == 2 && page.components(separatedBy: "</svg>").count == 2)
    }

    @Test func labelsKeepClearOfEachOther() {
        let points = (0..<6).map { Plot.Point(x: Double($0) / 100, y: 1, label: "recipe \($0)") } + [.init(x: 9, y: 9)]
        let places = plot(points).svg().matches(of: #/<text x="([0-9.]+)" y="([0-9.]+)">recipe/#)
            .compactMap { match in Double(match.1).flatMap { x in Double(match.2).map { (x: x, y: $0) } } }
        #expect(places.count == 6)
        let rows = Set(places.prefix(3).map { "\($0.x) \($0.y)" })
        #expect(rows.count == 3)
    }

    @Test func markdownHasTheSameTables() {
        let document = Document(
            title: "Loss",
            blocks: [
                .heading("Sizes"), .paragraph("As measured."), .code("isobath study"), .plot(plot([])),
                .table(.init(["recipe", "bytes"], [["a|b", "12"]], numeric: [1])),
            ])
        #expect(
            document.markdown == """
                # Loss

                ## Sizes

                As measured.

                    isobath study

                | recipe | bytes |
                | --- | ---: |
                | a\\|b | 12 |

                """)
    }
}
