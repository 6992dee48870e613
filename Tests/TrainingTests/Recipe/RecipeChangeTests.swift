import Files
import Testing

@testable import Training

@Suite struct RecipeChangeTests {
    private let yaml = "steps: 12\nrate: {top: 1e-3}\nsources: [{path: a}]\nmodel: {size: 3, tied: true, name: '7'}"

    private func read(_ changes: [(path: String, value: String)] = []) throws -> RecipeSection {
        let top = try RecipeSection(yaml: yaml, source: "a.yaml", changes: changes)
        _ = try top.integer("steps", in: 0...100)
        let rate = try top.section("rate")
        _ = try rate.number("top", in: 0...1)
        _ = try rate.number("floor", in: 0...1, default: 0.1)
        _ = try rate.number("epsilon", in: 0...1, default: 1e-8)
        for source in try top.list("sources") { _ = try source.text("path") }
        _ = try top.object("model")
        try top.finish()
        return top
    }

    @Test func changesReplaceAndAdd() throws {
        let changed = try read([("steps", "7"), ("rate.floor", "0.5"), ("model.deep.er", "[1, 2]")])
        let settings = changed.settings.map { "\($0.path)=\($0.value)" }
        #expect(
            settings == [
                "steps=7", "rate.top=1e-3", "rate.floor=0.5", "rate.epsilon=1e-08", "sources[0].path=a",
                "model={size: 3, tied: true, name: 7, deep: {er: [1, 2]}}",
            ])
    }

    @Test func objectsKeepTheirTypes() throws {
        let object = try RecipeSection(yaml: yaml, source: "a.yaml").object("model")
        #expect(
            object == JSONObject([("size", .integer(3)), ("tied", .boolean(true)), ("name", .string("7"))]))
        #expect(try RecipeSection(yaml: yaml, source: "a.yaml").object("other") == nil)
        for wrong in ["steps", "sources"] {
            #expect(throws: InputError.self) { try RecipeSection(yaml: yaml, source: "a.yaml").object(wrong) }
        }
    }

    /// What is saved says the same as what was read, and stays as it is when it is read again.
    @Test func resolvedRecipesAreRecipes() throws {
        let first = try read([("rate.top", "2e-3")])
        let text = try first.resolvedYAML
        let again = try RecipeSection(yaml: text, source: "b.yaml")
        #expect(try again.section("rate").number("floor", in: 0...1) == 0.1)
        #expect(try again.section("rate").number("top", in: 0...1) == 2e-3)
        #expect(try again.object("model") == RecipeSection(yaml: yaml, source: "a.yaml").object("model"))
        #expect(try again.list("sources").map { try $0.text("path") } == ["a"])
    }

    static let wrong = [("", "1"), ("rate..top", "1"), ("steps.more", "1"), ("sources.path", "1"), ("rate.top", "[")]

    @Test func changesThatLeadNowhereAreRefused() {
        for change in Self.wrong {
            #expect(throws: InputError.self, "\(change)") { try read([(path: change.0, value: change.1)]) }
        }
    }
}
