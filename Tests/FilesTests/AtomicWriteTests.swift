import Files
import Foundation
import TestSupport
import Testing

@Suite final class AtomicWriteTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    @Test func fileIsWrittenAndReplaced() throws {
        let path = folder + "/file"
        for text in ["first", "", "a longer second text"] {
            try writeAtomically(Data(text.utf8), to: path)
            #expect(try Data(contentsOf: URL(filePath: path)) == Data(text.utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
        }
    }

    /// A write that fails says so, leaves what was there, and leaves nothing beside it.
    @Test func failureChangesNothing() throws {
        let path = folder + "/taken"
        try FileManager.default.createDirectory(atPath: path + "/inside", withIntermediateDirectories: true)
        for target in [path, folder + "/no such folder/file"] {
            let error = #expect(throws: InputError.self) { try writeAtomically(Data("text".utf8), to: target) }
            #expect(error?.kind == .unreadable)
            #expect(error?.source == target)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["taken"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["inside"])
    }
}
