import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct GradientsProgramTests {
    @Test func lossIsPrintedAndGradientsAreWritten() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let arguments = ["gradients", Fixture.path("text/v3"), "--tokens", "1,2,3,4"]
        let json = try Program.run(arguments + ["-o", folder + "/g.safetensors", "--json"]).json()
        #expect(json["loss"]?.double ?? 0 > 1 && json["predicted_tokens"]?.integer == 3)
        #expect(FileManager.default.fileExists(atPath: folder + "/g.safetensors"))
        #expect(try Program.run(arguments).text.hasSuffix(" over 3 tokens\n"))
    }

    @Test(arguments: [
        ["gradients"], ["gradients", "nothing", "--tokens", "1,2"], ["gradients", "first-light", "--tokens", "1"],
        ["gradients", "first-light", "--tokens", "1,x"], ["gradients", "first-light", "--tokens", "1,100000"],
        ["gradients", "first-light", "--tokens", "1,2", "-o", "/no/such/folder/g.safetensors"],
    ])
    func misuseIsASentence(_ arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.status != 0 && !result.errors.isEmpty && !result.errors.contains("Fatal"))
    }
}
