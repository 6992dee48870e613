import Foundation
import TestSupport
import Testing

@testable import Files

@Suite final class ResumableFileTests {
    private let folder: String
    private var path: String { folder + "/file" }

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }

    private func open(_ identity: String = "one") throws -> ResumableFile {
        try ResumableFile(path: path, identity: identity, byteCount: 100)
    }

    @Test func partsAreKept() throws {
        do {
            let file = try open()
            try file.append(Data("first".utf8))
            try file.finishPart()
            try file.append(Data("sec".utf8))
            try file.append(Data("ond".utf8))
            try file.finishPart()
            try file.append(Data("lost".utf8))
        }
        #expect(try files == ["file.part", "file.part.log"])
        let file = try open()
        #expect(file.finishedParts == 2 && file.byteCount == 11)
        try file.append(Data("third".utf8))
        try file.finishPart()
        try file.publish()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "firstsecondthird")
        #expect(try files == ["file"])
    }

    @Test func partsOfAnotherFileAreNot() throws {
        do {
            let file = try open()
            try file.append(Data("first".utf8))
            try file.finishPart()
        }
        #expect(try open("two").finishedParts == 0)
        // The log is now the other one's.
        #expect(try open("one").byteCount == 0)
    }

    @Test(arguments: ["", "one\n5", "one\n5 x\n", "one\n99999 1\n", "one\n-3 7\n", "one\n5 123\n", "one\n\u{0}\n"])
    func strangeLogsKeepNothing(_ log: String) throws {
        try Data("first".utf8).write(to: URL(filePath: path + ".part"))
        try Data(log.utf8).write(to: URL(filePath: path + ".part.log"))
        let file = try open()
        #expect(file.finishedParts == 0 && file.byteCount == 0)
    }

    @Test func twoAtOnceAreRefused() throws {
        let first = try open()
        #expect(throws: InputError.self) { try open() }
        first.discard()
        #expect(try files.isEmpty)
    }

    /// Before any work is done.
    @Test func folderInTheWayIsRefused() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(throws: InputError.self) { try open() }
        #expect(try files == ["file"])
    }

    @Test func foldersAndLinksAreRefused() throws {
        #expect(throws: InputError.self) {
            try ResumableFile(path: folder + "/none/file", identity: "one", byteCount: 1)
        }
        try FileManager.default.createSymbolicLink(atPath: path + ".part", withDestinationPath: folder + "/elsewhere")
        #expect(throws: InputError.self) { try open() }
        #expect(try files == ["file.part"])
    }

    @Test func fullDisksAreRefusedAtOnce() throws {
        #expect(throws: InputError.self) { try ResumableFile(path: path, identity: "one", byteCount: 1 << 60) }
        #expect(try files.isEmpty)
    }

    @Test func sumsDoNotDependOnPieces() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let whole = sum(of: [bytes])
        for size in [1, 3, 8, 13, 999] {
            #expect(
                sum(of: stride(from: 0, to: 1000, by: size).map { Array(bytes[$0..<min($0 + size, 1000)]) }) == whole)
        }
        #expect(sum(of: [bytes + [0]]) != whole && sum(of: [Array(bytes.dropLast())]) != whole)
    }

    private func sum(of pieces: [[UInt8]]) -> UInt64 {
        var sum = ByteSum()
        for piece in pieces { piece.withUnsafeBytes { sum.add($0) } }
        return sum.value
    }
}
