import Files
import Testing

@testable import Training

@Suite struct RecipeSectionTests {
    private enum Kind: String, CaseIterable { case plain, fancy }

    private func top(_ yaml: String) throws -> RecipeSection { try RecipeSection(yaml: yaml, source: "a.yaml") }

    @Test func valuesAndDefaultsAreRead() throws {
        let top = try top("steps: 12\nrate: 3e-4\nkind: fancy\ninner: {on: true}\nlist: [{name: a}, {name: b}]")
        #expect(try top.integer("steps", in: 1...100) == 12)
        #expect(try top.number("rate", in: 0...1) == 3e-4)
        #expect(try top.choice("kind", default: Kind.plain) == .fancy)
        let inner = try top.section("inner")
        #expect(try inner.boolean("on"))
        #expect(try inner.integer("depth", in: 0...9, default: 4) == 4)
        #expect(try top.list("list").map { try $0.text("name") } == ["a", "b"])
        #expect(try top.texts("files", default: ["x", "y"]) == ["x", "y"])
        try top.finish()
        let settings = top.settings.map { "\($0.path)=\($0.value)" }
        #expect(
            settings == [
                "steps=12", "rate=3e-4", "kind=fancy", "inner.on=true", "inner.depth=4", "list[0].name=a",
                "list[1].name=b", "files=[x, y]",
            ])
    }

    @Test func absentSectionsHoldDefaults() throws {
        let top = try top("a: 1")
        _ = try top.integer("a", in: 0...1)
        #expect(try top.section("missing").number("x", in: 0...1, default: 0.5) == 0.5)
        try top.finish()
    }

    @Test(arguments: [
        ("steps: 12\nstep: 3", "step"), ("steps: 12\ninner: {of: true}", "inner.of"),
        ("steps: 12\nlist: [{name: a, nam: b}]", "list[0].nam"),
    ])
    func unknownFieldsAreErrors(yaml: String, field: String) throws {
        let top = try top(yaml)
        _ = try top.integer("steps", in: 1...100)
        _ = try top.section("inner").boolean("on", default: false)
        for entry in try top.list("list") { _ = try entry.text("name") }
        let error = #expect(throws: InputError.self) { try top.finish() }
        #expect(error?.field == field)
    }

    @Test(arguments: ["steps: 0", "steps: many", "steps: [1]", "other: 1", "steps: 1.5"])
    func wrongValuesAreErrors(yaml: String) throws {
        let top = try top(yaml)
        let error = #expect(throws: InputError.self) { try top.integer("steps", in: 1...100) }
        #expect(error?.field == "steps")
    }

    @Test(arguments: ["", "- a", "a: [", "just text"])
    func whatIsNoMappingIsRefused(yaml: String) {
        #expect(throws: InputError.self) { try top(yaml) }
    }
}
