import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing

struct SafetensorsHeaderTests {
    private let plans = [
        TensorPlan(name: "a.weight", shape: [2, 3], type: .bf16),
        .init(name: "a.weight_scale_inv", shape: [1, 1], type: .f32), .init(name: "norm", shape: [4], type: .f32),
    ]

    @Test func filesAreReadBack() throws {
        let header = try SafetensorsHeader(plans, source: "test")
        #expect(header.bytes.count % 8 == 0 && header.fileByteCount == header.bytes.count + 12 + 4 + 16)
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let data = Data(header.bytes + (0..<32).map { UInt8($0) })
        try data.write(to: URL(filePath: folder + "/model.safetensors"))
        try Data("{}".utf8).write(to: URL(filePath: folder + "/config.json"))
        let found = try openCheckpoint(at: folder)
        #expect(found.tensors.map(\.name) == plans.map(\.name))
        #expect(found.tensors.map(\.tensor.shape) == plans.map(\.shape))
        #expect(found.tensors.map(\.tensor.elementType) == plans.map(\.type))
    }

    @Test func whatNoReaderTakesIsRefused() {
        let twice = [plans[0], plans[0]]
        let blocks = [TensorPlan(name: "q", shape: [1, 32], type: .q8_0)]
        for bad in [twice, blocks] {
            #expect(throws: InputError.self) { try SafetensorsHeader(bad, source: "test") }
        }
    }

    @Test func indexNamesEveryFile() throws {
        let text = safetensorsIndex([("one", Array(plans[..<2])), ("two", Array(plans[2...]))])
        let index = try JSONParser.parse(text, source: "index")
        #expect(index["metadata"]?["total_size"]?.integer == 32)
        #expect(index["weight_map"]?["a.weight"]?.string == "one" && index["weight_map"]?["norm"]?.string == "two")
    }
}
