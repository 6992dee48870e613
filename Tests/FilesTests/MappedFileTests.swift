import Files
import Foundation
import TestSupport
import Testing

@Suite final class MappedFileTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func file(_ bytes: [UInt8]) throws -> MappedFile {
        try Data(bytes).write(to: URL(filePath: folder + "/file"))
        return try MappedFile(path: folder + "/file")
    }

    @Test func bytesAndIntegersAreRead() throws {
        for file in [try file([1, 2, 3, 4, 0xFF]), MappedFile.copy(of: [1, 2, 3, 4, 0xFF], path: "memory")] {
            #expect(file.byteCount == 5)
            #expect(file.integer(UInt32.self, at: 0) == 0x0403_0201)
            #expect(file.integer(Int16.self, at: 3) == -252)
            #expect(file.withBytes(in: 1..<3) { Array($0) } == [2, 3])
            #expect(file.copy(of: 2..<4).withBytes(in: 0..<2) { Array($0) } == [3, 4])
        }
    }

    /// No combination of offset and width reads beyond the end, or traps.
    @Test(arguments: [2, 4, 5, UInt64(Int.max), UInt64(Int.max) + 1, .max - 3, .max])
    func readsBeyondTheEndAreNil(_ offset: UInt64) throws {
        let file = try file([1, 2, 3, 4, 5])
        #expect(file.integer(UInt32.self, at: offset) == nil)
        #expect(!file.contains(offset: offset, count: 4))
        #expect(!file.contains(offset: 1, count: .max))
    }

    @Test func emptyFilesMap() throws {
        for file in [try file([]), MappedFile.copy(of: [], path: "memory")] {
            #expect(file.byteCount == 0)
            #expect(file.integer(UInt8.self, at: 0) == nil)
            #expect(file.contains(offset: 0, count: 0))
            #expect(file.withBytes(in: 0..<0) { $0.count } == 0)
            #expect(file.copy(of: 0..<0).byteCount == 0)
        }
    }

    @Test func copiesAreAligned() throws {
        let copy = MappedFile.copy(of: [UInt8](0..<100), path: "memory").copy(of: 3..<90)
        #expect(copy.withBytes(in: 0..<87) { UInt(bitPattern: $0.baseAddress) } % 64 == 0)
        #expect(copy.integer(UInt8.self, at: 0) == 3)
    }

    @Test func whatIsNoFileIsRefused() throws {
        for path in [folder + "/none", folder, "/dev/null"] {
            let error = #expect(throws: InputError.self) { try MappedFile(path: path) }
            #expect(error?.kind == .unreadable)
            #expect(error?.source == path)
        }
    }

    /// A named pipe would block for ever if it were opened the ordinary way.
    @Test func pipesAreRefused() throws {
        let path = folder + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: InputError.self) { try MappedFile(path: path) }
    }
}
