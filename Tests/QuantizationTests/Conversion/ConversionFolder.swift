import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import Models
@testable import Quantization
@testable import Tensors

/// A temporary folder in which a test converts checkpoints.
final class ConversionFolder {
    let path: String
    let pool = ThreadPool(threads: 2)

    init() throws { path = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

    /// `source`, a fixture or a full path, converted to `name`, and opened.
    func converted(
        _ source: String, to name: String, _ type: ConversionType = .auto, vocabulary: String? = nil,
        splitSize: Int? = nil
    ) throws -> any Checkpoint {
        let conversion = try makeConversion(
            from: source.hasPrefix("/") ? source : Fixture.path(source), to: path + "/" + name, type: type,
            vocabulary: vocabulary, splitSize: splitSize)
        var told: [Int] = []
        #expect(try conversion.write(pool: pool) { told.append($0) } == 0)
        #expect(told == told.sorted() && told.last ?? 0 <= conversion.parameterCount)
        let first = try #require(conversion.outputs.first).path
        return try openCheckpoint(at: first.hasSuffix(".gguf") ? first : path + "/" + name)
    }
}

/// The stored bytes of a tensor.
func bytes(_ tensor: Tensor) -> [UInt8] {
    // Safe: the tensor has that many bytes, and is alive.
    withExtendedLifetime(tensor) { Array(UnsafeRawBufferPointer(start: tensor.bytes, count: tensor.byteCount)) }
}

/// Expects the tensors of `found` to be those of `expected`, but for `others`.
func expectEqualTensors(
    _ found: any Checkpoint, _ expected: any Checkpoint, but others: (String) -> Bool = { _ in false }
)
    throws
{
    #expect(Set(found.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
    for entry in expected.tensors where !others(entry.name) {
        let own = try #require(found.entry(named: entry.name), "\(entry.name)").tensor
        #expect(own.elementType == entry.tensor.elementType && own.shape == entry.tensor.shape, "\(entry.name)")
        #expect(bytes(own) == bytes(entry.tensor), "\(entry.name)")
    }
}

/// Logits of `checkpoint` behind each token of a text, computed by plain loops.
func logits(_ checkpoint: any Checkpoint) throws -> [Float] {
    let (decoder, operations) = (try Decoder(checkpoint), ReferenceOperations())
    let tokens: [Int32] = [83, 48, 139, 126, 231, 13, 73, 7, 192, 119, 14, 129, 86]
    let step = try decoder.step([.init(tokens: tokens, cache: nil)], operations: operations)
    return decoder.logits(try decoder(step), operations).floats
}
