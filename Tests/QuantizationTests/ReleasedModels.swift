import Files
import Models
import TestSupport
import Testing

@testable import Quantization

/// A released `config.json` from `Tests/Fixtures/models`, or a recorded model's.
func configurationFields(_ path: String) throws -> JSONObject {
    try #require(try JSONParser.parse(try MappedFile(path: Fixture.path(path))).object)
}

/// The model of `Tests/Fixtures/PATH` with `changes`, stored as `type`.
func model(
    _ path: String, _ type: String, _ variation: ShapeVariation = ShapeVariation(), vocabulary: Int? = nil
) throws -> SyntheticModel {
    var fields = try variation.applied(to: try configurationFields(path), source: path)
    if let vocabulary {
        fields = JSONObject(
            fields.members.filter { $0.key != "vocab_size" } + [("vocab_size", .number(String(vocabulary)))])
    }
    return try SyntheticModel(name: "test", fields: fields, source: path, recipe: Recipe(type))
}
