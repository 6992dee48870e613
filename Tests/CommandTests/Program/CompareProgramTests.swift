import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct CompareProgramTests {
    private static let original = Fixture.path("gguf/llama-mha.gguf")
    private static let coarse = Fixture.path("gguf/llama-mha-Q4_K_M.gguf")

    private func run(_ arguments: [String]) throws -> Program.Result {
        try Program.run(["compare", Self.original, Self.coarse] + arguments)
    }

    @Test func tablesForPeople() throws {
        let result = try run(["--weights"])
        result.expectSuccess()
        let lines = result.text.split(separator: "\n")
        #expect(lines.first?.contains("over 512 tokens") == true || lines.first?.contains("tokens:") == true)
        #expect(result.text.contains("blk.*.ffn_down.weight") && result.text.contains("worst tensors"))
        #expect(!result.text.contains("experts"))
        let mixture = try Program.run(["compare", Given.v3, Given.v3, "--tokens", "1,2,3"])
        mixture.expectSuccess()
        #expect(mixture.text.contains("same experts") && mixture.text.contains("100.00 %"))
    }

    @Test func jsonHasItsShape() throws {
        let result = try run(["--json", "--context", "20"])
        result.expectSuccess()
        let report = try result.json()
        #expect(
            report.keys == ["a", "b", "embedding", "layers", "logits", "tokens"] && report["tokens"]?.integer == 20)
        let layer = try #require(report["layers"]?.array?.first)
        #expect(layer.keys == ["accumulated", "injected", "layer"])
        #expect(layer["injected"]?["state"]?.keys == ["cosine", "relative_error"])
    }

    @Test func pageNeedsNoOtherFile() throws {
        let path = try Fixture.temporaryFolder() + "/page.html"
        try run(["--html", path, "--weights"]).expectSuccess()
        let page = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
        #expect(page.components(separatedBy: "<svg").count == 3 && page.components(separatedBy: "<polyline").count == 5)
        #expect(!page.contains("http") && !page.contains("nan") && !page.contains("inf\""))
    }

    struct Misuse {
        let arguments: [String]
        let status: Int32

        init(_ arguments: [String], _ status: Int32 = 1) { (self.arguments, self.status) = (arguments, status) }
    }

    static let misuses: [Misuse] = [
        Misuse([original, Given.v3, "--tokens", "1"]), Misuse([original, "/nowhere"]),
        Misuse([original, coarse, "--tokens", "256"]), Misuse([original, coarse, "--tokens", ""]),
        Misuse([original, coarse, "--text", "/nowhere"]), Misuse([original, coarse, "--html", "/nowhere/x.html"]),
        Misuse([original], 64), Misuse([original, coarse, "--text", "x", "--tokens", "1"], 64),
        Misuse([Given.v3, Fixture.path("gguf/v3.gguf"), "--tokens", "1", "--weights"]),
    ]

    @Test(arguments: misuses) func misuseIsOneSentence(_ misuse: Misuse) throws {
        try Program.run(["compare"] + misuse.arguments).expectFailure(status: misuse.status)
    }
}
