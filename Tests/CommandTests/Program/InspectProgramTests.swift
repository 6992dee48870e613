import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct InspectProgramTests {
    @Test func textNamesWhatMatters() throws {
        let result = try Program.run(["inspect", "first-light"])
        result.expectSuccess()
        let names = result.text.split(separator: "\n").map {
            String($0.prefix(15)).trimmingCharacters(in: .whitespaces)
        }
        #expect(
            names == [
                "family", "container", "parameters", "layers", "attention", "experts", "vocabulary", "context",
                "chat template", "weights", "element types", "cache per token", "memory needed",
            ])
    }

    @Test func jsonHasTheNumbers() throws {
        let result = try Program.run(["inspect", Given.v3, "--json", "--tensors"])
        result.expectSuccess()
        let model = try #require(try result.json()["model"])
        let tensors = try #require(try result.json()["tensors"]?.array)
        #expect(model["layers"]?.integer == 3 && model["vocabulary_size"]?.integer == 256)
        #expect(model["prediction_layers"]?.integer == 1)
        // Two normed latents and a rotary key a layer: 3 layers and the prediction layer, (32 + 16) × 4 bytes each.
        #expect(model["cache_bytes_per_token"]?.integer == 4 * (32 + 16) * 4)
        let bytes = try tensors.map { try #require($0["bytes"]?.integer) }.reduce(0, +)
        #expect(model["bytes"]?.integer == bytes)
        let weights = try #require(model["parameters"]?.integer)
        let active = try #require(model["active_parameters"]?.integer)
        #expect(active < weights && active > weights / 4)
        #expect(abs(try #require(model["bits_per_weight"]?.double) - Double(bytes) * 8 / Double(weights)) < 1e-9)
        #expect(tensors.allSatisfy { $0.keys == ["bytes", "element_type", "name", "shape"] })
    }

    @Test func tensorsAreListed() throws {
        let text = try Program.run(["inspect", Fixture.path("gguf/v3-k256-Q4_K_M.gguf"), "--tensors"]).text
        #expect(text.contains("token_embd.weight") && text.contains("Q4_K"))
        #expect(try Program.run(["inspect", Given.v3]).text.contains("model.norm.weight") == false)
    }
}
