import Files
import Foundation
import TestSupport
import Testing

/// Files written piece by piece.
@Suite final class AtomicFileTests {
    private struct Stop: Error {}

    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }

    @Test func piecesFollowOneAnother() throws {
        let path = folder + "/file"
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let count = try writeAtomically(to: path) { file in
            #expect(try names != ["file"] && names.count == 1, "nothing has the name before it is complete")
            try file.append(bytes[..<1])
            try file.append([UInt8]())
            try file.append(bytes[1..<70_000])
            try file.append(Data(bytes[70_000...]))
            return file.byteCount
        }
        #expect(count == bytes.count)
        #expect(try [UInt8](Data(contentsOf: URL(filePath: path))) == bytes)
        #expect(try names == ["file"])
    }

    @Test func whatStopsTheWorkIsPassedOnAndLeavesWhatWasThere() throws {
        let path = folder + "/file"
        try writeAtomically(Data("before".utf8), to: path)
        #expect(throws: Stop.self) {
            try writeAtomically(to: path) { file in
                try file.append(Array("after".utf8))
                throw Stop()
            }
        }
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("before".utf8))
        #expect(try names == ["file"])
    }

    @Test func diskWithoutTheSpaceIsRefusedAtOnce() throws {
        let error = #expect(throws: InputError.self) {
            try writeAtomically(to: folder + "/file", byteCount: .max) { _ in Issue.record("not to be begun") }
        }
        #expect(error?.kind == .excessive)
        #expect(try names.isEmpty)
    }

    /// A device that is always full.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func failedWriteIsASentence() throws {
        let error = #expect(throws: InputError.self) { try writeAtomically(Data([1]), to: "/dev/full/file") }
        #expect(error?.kind == .unreadable)
    }
}
