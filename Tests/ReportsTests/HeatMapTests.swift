import Foundation
import Testing

@testable import Reports

@Suite struct HeatMapTests {
    private func map(_ rows: [[Double]], title: String = "t") -> HeatMap {
        HeatMap(
            title: title, columnTitle: title, columns: rows.first.map { $0.indices.map(Double.init) } ?? [],
            groups: [.init(title, rows)])
    }

    @Test func coloursGoFromLittleToMuch() {
        let values = [0, 0.2, 0.3, 0.5, 0.7, 1, 1.3, 2, 3, 4, 100]
        let levels = values.compactMap(HeatMap.level)
        #expect(levels == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8])
        #expect(HeatMap.level(.nan) == nil && HeatMap.level(.infinity) == nil)
        #expect(HeatMap.colours.count == HeatMap.bounds.count + 1)
    }

    /// Equal neighbours are one rectangle, unknown cells none.
    @Test func cellsAreDrawnOnce() {
        let svg = map([[1, 1, 1, 4], [.nan, 0, 0, .nan]]).svg()
        #expect(svg.components(separatedBy: "<path").count - 1 == 3)
        #expect(svg.components(separatedBy: "M").count - 1 == 3)
        for empty in [map([]), map([[], []]), map([[.nan]])] {
            #expect(empty.svg().hasSuffix("</svg>") && !empty.svg().contains("<path"))
        }
    }

    @Test func namesCannotLeaveTheirText() {
        let hostile = "</text><script>alert(\"1\")</script>&"
        let page = Document(title: "t", blocks: [.heatMap(map([[1]], title: hostile))])
        #expect(!page.html.contains("<script") && page.markdown == "# t\n")
        #expect(!map([[1, 2]], title: hostile).svg().contains("<script"))
    }
}

@Suite struct PlotTextTests {
    private func plot(_ points: [(Double, Double)]...) -> Plot {
        Plot(
            title: "loss", x: .init("step"), y: .init("nats"),
            series: points.enumerated().map { index, points in
                .init("run \(index)", points.map { .init(x: $0.0, y: $0.1) }, isLine: true)
            })
    }

    @Test func marksStandWherePointsAre() {
        let lines = plot([(0, 0), (9, 2)], [(0, 2)]).text(width: 10, height: 3).components(separatedBy: "\n")
        #expect(lines == ["loss", "2 |o        *", "  |", "0 |*", "step: 0        9", "* run 0   o run 1"])
    }

    @Test func fewPointsAreDrawnToo() {
        #expect(plot([]).text() == "loss\n(nothing to draw)")
        #expect(plot([(1, 5)]).text(width: 0, height: 0).contains("*"))
        #expect(plot([(1, .nan), (2, 0)]).text().contains("*"))
    }
}
