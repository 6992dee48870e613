extension Document {
    /// The report as one HTML page that needs nothing beside it: no script, no font, no picture from elsewhere.
    package var html: String {
        let body = (["<h1>\(title.escapedForHTML)</h1>"] + blocks.map(Document.html)).joined(separator: "\n")
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title.escapedForHTML)</title>
            <style>
            \(style)
            </style>
            </head>
            <body>
            <main>
            \(body)
            </main>
            </body>
            </html>

            """
    }

    private static func html(_ block: Block) -> String {
        switch block {
        case .heading(let text): "<h2>\(text.escapedForHTML)</h2>"
        case .paragraph(let text): "<p>\(text.escapedForHTML)</p>"
        case .table(let table): table.html
        case .plot(let plot): "<figure>\n\(plot.svg())\n</figure>"
        case .heatMap(let map): "<figure>\n\(map.svg())\n</figure>"
        case .code(let text): "<pre>\(text.escapedForHTML)</pre>"
        }
    }

    private var style: String {
        """
        :root { color-scheme: light dark; --ink: #1c2733; --paper: #ffffff; --faint: #d9dfe6; --soft: #5b6b7b; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #dfe7ee; --paper: #12181f; --faint: #2c3844; --soft: #93a3b3; }
        }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
        h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
        th, td { padding: .3rem .7rem; text-align: left; border-bottom: 1px solid var(--faint); white-space: nowrap; }
        th { color: var(--soft); font-weight: 600; } .n { text-align: right; }
        figure { margin: 1.2rem 0; } svg { width: 100%; height: auto; }
        pre { background: color-mix(in srgb, var(--faint) 40%, transparent); padding: .8rem 1rem; overflow-x: auto; }
        """
    }
}

extension DocumentTable {
    fileprivate var html: String {
        let head = "<tr>" + columns.enumerated().map { cell("th", $0, $1) }.joined() + "</tr>"
        let body = rows.map { "<tr>" + $0.enumerated().map { cell("td", $0, $1) }.joined() + "</tr>" }
        return "<div class=\"wide\"><table>\n" + ([head] + body).joined(separator: "\n") + "\n</table></div>"
    }

    private func cell(_ tag: String, _ column: Int, _ text: String) -> String {
        "<\(tag)\(numeric.contains(column) ? " class=\"n\"" : "")>\(text.escapedForHTML)</\(tag)>"
    }
}

extension String {
    /// The text where HTML, or SVG, wants text: names of models and files come from anywhere.
    package var escapedForHTML: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
