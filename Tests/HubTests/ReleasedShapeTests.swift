import Files
import Foundation
import Hub
import TestSupport
import Testing

struct ReleasedShapeTests {
    @Test func shapesThatWereReleasedHaveTheirFields() throws {
        let names = try ReleasedShape.names()
        #expect(names.count == 32 && names == names.sorted())
        for name in names where name != "deepseek-v3-thin" {
            let shape = try ReleasedShape(name)
            let released = try JSONParser.parse(try MappedFile(path: Fixture.path("models/\(name).json")))
            #expect(shape.name == name && shape.fields["model_type"] != nil)
            for (key, value) in shape.fields.members { #expect(released[key] == value, "\(name).\(key)") }
        }
    }

    /// V3's own layers, one dense and two mixtures of them.
    @Test func thinShapeIsV3s() throws {
        let (thin, whole) = (try ReleasedShape("deepseek-v3-thin").fields, try ReleasedShape("deepseek-v3").fields)
        #expect(thin["num_hidden_layers"]?.integer == 3 && thin["first_k_dense_replace"]?.integer == 1)
        let changed = ["num_hidden_layers", "first_k_dense_replace"]
        #expect(thin.members.map(\.key) == whole.members.map(\.key))
        for (key, value) in thin.members where !changed.contains(key) { #expect(whole[key] == value, "\(key)") }
    }

    @Test func namesAreTakenInAnyCaseAndOthersListed() throws {
        #expect(try ReleasedShape("DeepSeek-V2-Lite").name == "deepseek-v2-lite")
        #expect(try ReleasedShape("v2-lite").name == "deepseek-v2-lite")
        let error = try #require(throws: InputError.self) { try ReleasedShape("deepsek-v2-lite") }
        #expect(error.kind == .missing && error.description.contains("deepseek-v2-lite was meant"))
        for name in ["", "../deepseek-v3", "a\0b", "first-light"] {
            let error = try #require(throws: InputError.self) { try ReleasedShape(name) }
            #expect(error.description.contains("deepseek-v3-thin"))
        }
    }

    @Test func pathsOfConfigurationsAreTaken() throws {
        let folder = Fixture.path("text/v3")
        for path in [folder, folder + "/", folder + "/config.json"] {
            let shape = try ReleasedShape(path)
            #expect(shape.name == "v3" && shape.fields["hidden_size"]?.integer == 64)
        }
        #expect(try ReleasedShape(Fixture.path("models/deepseek-v3.json")).name == "deepseek-v3")
        #expect(throws: InputError.self) { try ReleasedShape(Fixture.path("tokenizers")) }
        #expect(throws: InputError.self) { try ReleasedShape(Fixture.path("text/v3/model.safetensors")) }
    }
}
