import Foundation
import TestSupport

@testable import Evaluation

/// A copy of a folder with recordings that a test may spoil.
struct RecordingCopy {
    let path: String
    private let folder: String

    /// Copies the folder `source`.
    init(_ source: String) throws {
        folder = try Fixture.temporaryFolder()
        path = folder + "/copy"
        try FileManager.default.copyItem(atPath: source, toPath: path)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// Replaces the first `old` in a text file.
    func replace(_ old: String, with new: String, in file: String) throws {
        let url = URL(filePath: path + "/" + file)
        var text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        guard let range = text.range(of: old) else { throw CocoaError(.fileReadCorruptFile) }
        text.replaceSubrange(range, with: new)
        try Data(text.utf8).write(to: url)
    }

    /// Replaces what `pattern` matches first in a text file.
    func replace(_ pattern: Regex<Substring>, with new: String, in file: String) throws {
        let url = URL(filePath: path + "/" + file)
        var text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        guard let range = text.firstRange(of: pattern) else { throw CocoaError(.fileReadCorruptFile) }
        text.replaceSubrange(range, with: new)
        try Data(text.utf8).write(to: url)
    }

    /// Changes the bits of `mask` in the byte at `offset`, counted from the end if negative.
    func flip(_ mask: UInt8, at offset: Int, in file: String) throws {
        let url = URL(filePath: path + "/" + file)
        var data = try Data(contentsOf: url)
        data[offset < 0 ? data.count + offset : offset] ^= mask
        try data.write(to: url)
    }

    func cut(_ file: String, to count: Int) throws {
        let url = URL(filePath: path + "/" + file)
        try Data(contentsOf: url).prefix(count).write(to: url)
    }

    func delete(_ file: String) throws { try FileManager.default.removeItem(atPath: path + "/" + file) }

    /// All rows, with the operations for this processor.
    func rows() async throws -> [VerificationRow] {
        await verify(try VerificationSearch.checks(in: [path]), engines: [.cpu]).rows
    }
}

/// The folder of the model that comes with the program.
let shippedModel = Fixture.path("../../Sources/Hub/Resources/first-light")
