import Files
import Hub
import Isobath
import Quantization
import Reports

/// The shapes that `isobath synth` knows, with the sizes of their weights.
enum ShapeList {
    /// The recipes of the table; the others are as large as one of these, or nearly.
    private static let columns = [
        "bf16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "iq4_xs", "q3_k_m", "dq3_k_m", "q2_k",
    ]

    static func print(asJSON: Bool) throws {
        let names = try ReleasedShape.names()
        let recipes = try (asJSON ? ShippedRecipe.names() : columns).map { (name: $0, recipe: try Recipe($0)) }
        if asJSON { return try StandardOutput.json(try names.map { try row($0, recipes) }, pretty: true) }
        let rows = try names.map { name in
            let row = try row(name, recipes)
            let sizes = columns.map { Format.bytes(row.bytes[$0] ?? 0) }
            return [name, Format.count(row.parameters), Format.count(row.activeParameters)] + sizes
        }
        let head = ["shape", "parameters", "active"] + columns
        try StandardOutput.line(Format.table([head] + rows, rightAligned: Set(1..<head.count)))
    }

    private struct Row: Encodable {
        var name: String
        var parameters: Int
        var activeParameters: Int
        /// Bytes of the weights by recipe, and of those that one token reads.
        var bytes: [String: Int] = [:]
        var activeBytes: [String: Int] = [:]
    }

    private static func row(_ name: String, _ recipes: [(name: String, recipe: Recipe)]) throws -> Row {
        let shape = try ReleasedShape(name)
        let fields = try ShapeVariation().applied(to: shape.fields, source: shape.path)
        var row = Row(name: name, parameters: 0, activeParameters: 0)
        guard let first = recipes.first else { return row }
        let model = try SyntheticModel(name: name, fields: fields, source: shape.path, recipe: first.recipe)
        for (recipeName, recipe) in recipes {
            let size = model.stored(by: recipe).size
            (row.parameters, row.activeParameters) = (size.parameters, size.activeParameters)
            row.bytes[recipeName] = size.bytes
            row.activeBytes[recipeName] = size.activeBytes
        }
        return row
    }
}
