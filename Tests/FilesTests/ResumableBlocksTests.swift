import Foundation
import TestSupport
import Testing

@testable import Files

@Suite final class ResumableBlocksTests {
    private let folder: String
    private var path: String { folder + "/file.incomplete" }
    private let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func open(_ identity: String = "x", size: Int = 1000, block: Int = 64) throws -> ResumableBlocks {
        try ResumableBlocks(path: path, identity: identity, byteCount: size, blockBytes: block)
    }

    @Test(arguments: [1, 7, 64, 999, 1000, 4096])
    func blocksInAnyOrderMakeTheFile(_ block: Int) throws {
        let blocks = try open(block: block)
        for index in blocks.isFinished.indices.shuffled() {
            let range = blocks.range(of: index)
            for start in stride(from: range.lowerBound, to: range.upperBound, by: 5) {
                try blocks.write(bytes[start..<min(start + 5, range.upperBound)], at: start)
            }
        }
        #expect(blocks.isFinished.allSatisfy(\.self) && blocks.finishedBytes == 1000 && blocks.writtenBytes == 1000)
        try blocks.publish(to: folder + "/file")
        #expect(try Data(contentsOf: URL(filePath: folder + "/file")) == Data(bytes))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }

    @Test func oneWriteMayCoverManyBlocks() throws {
        let blocks = try open()
        try blocks.write(bytes, at: 0)
        #expect(blocks.finishedBytes == 1000)
        #expect(try blocks.read(3) == Array(bytes[192..<256]))
    }

    @Test func finishedBlocksAreKept() throws {
        try open().write(bytes[128..<300], at: 128)
        let blocks = try open()
        #expect(blocks.isFinished.indices.filter { blocks.isFinished[$0] } == [2, 3])
        #expect(blocks.finishedBytes == 128 && blocks.writtenBytes == 128)
    }

    @Test func finishedBlocksAreNotWrittenAgain() throws {
        let blocks = try open()
        try blocks.write(bytes[0..<64], at: 0)
        try blocks.write(bytes.map { ~$0 }, at: 0)
        #expect(try blocks.read(0) == Array(bytes[0..<64]))
        #expect(try blocks.read(1) == bytes[64..<128].map { ~$0 })
    }

    @Test func anotherIdentityKeepsNothing() throws {
        try open().write(bytes, at: 0)
        #expect(try open("y").finishedBytes == 0)
        #expect(try open("x").finishedBytes == 0)
    }

    @Test(arguments: [(999, 64), (1000, 65)])
    func anotherSizeKeepsNothing(_ size: Int, _ block: Int) throws {
        try open().write(bytes, at: 0)
        #expect(try open(size: size, block: block).finishedBytes == 0)
    }

    @Test func damagedBlockIsFetchedAgain() throws {
        try open().write(bytes, at: 0)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seek(toOffset: 130)
        try handle.write(contentsOf: Data([0xFF, 0xFE]))
        try handle.close()
        func repair() throws -> [Int] {
            let blocks = try open()
            try blocks.write(bytes[128..<192], at: 128)
            return blocks.isFinished.indices.filter { !blocks.isFinished[$0] }
        }
        #expect(try open().finishedBytes == 1000 - 64)
        #expect(try repair() == [])
        #expect(try open().finishedBytes == 1000)
    }

    @Test func missingFileUnderAFullLogKeepsNothing() throws {
        try open().write(bytes, at: 0)
        try FileManager.default.removeItem(atPath: path)
        #expect(try open().finishedBytes == 0)
    }

    /// A log that ends anywhere, as after a power failure, loses blocks but never gains any.
    @Test func logCutAnywhereIsSafe() throws {
        try open().write(bytes, at: 0)
        let log = try Data(contentsOf: URL(filePath: path + ".log"))
        for end in stride(from: 0, through: log.count, by: 3) {
            try log.prefix(end).write(to: URL(filePath: path + ".log"))
            try expectSound()
        }
    }

    private func expectSound() throws {
        let blocks = try open()
        for index in blocks.isFinished.indices where blocks.isFinished[index] {
            #expect(try blocks.read(index) == Array(bytes[blocks.range(of: index)]))
        }
        try blocks.write(bytes, at: 0)
        #expect(blocks.finishedBytes == 1000)
    }

    static let hostileLogs = [
        "", "\n\n\n", "x, 1000 bytes, blocks of 64\n-1 5\n99999999999999999999 1\n16 1\n0 x\n0\n0 1 2\n",
        "x, 1000 bytes, blocks of 64\n" + String(repeating: "0 18446744073709551615\n", count: 100_000),
        "x, 1000 bytes, blocks of 64\n\u{0}\u{FFFD}\n0 0\n",
    ]

    @Test(arguments: hostileLogs)
    func hostileLogsKeepNothing(_ log: String) throws {
        try Data(log.utf8).write(to: URL(filePath: path + ".log"))
        let blocks = try open()
        #expect(blocks.finishedBytes == 0)
        try blocks.write(bytes, at: 0)
        #expect(try blocks.read(1) == Array(bytes[64..<128]))
    }

    @Test(arguments: [-1, 1, 10, 65, 1000, Int.max])
    func bytesOutOfPlaceAreRefused(_ offset: Int) throws {
        let blocks = try open()
        let error = try #require(throws: InputError.self) { try blocks.write(bytes, at: offset) }
        #expect(error.kind == .outOfBounds)
    }

    @Test func emptyFileIsFinishedAtOnce() throws {
        let blocks = try open(size: 0)
        #expect(blocks.isFinished.isEmpty)
        try blocks.publish(to: folder + "/file")
        #expect(try Data(contentsOf: URL(filePath: folder + "/file")).isEmpty)
    }

    @Test func onlyOneProgramWrites() throws {
        let blocks = try open()
        #expect(throws: InputError.self) { try open() }
        withExtendedLifetime(blocks) {}
    }

    @Test(arguments: ["", ".log"])
    func linksAreNotFollowed(_ suffix: String) throws {
        let other = folder + "/other"
        try Data("precious".utf8).write(to: URL(filePath: other))
        try FileManager.default.createSymbolicLink(atPath: path + suffix, withDestinationPath: other)
        #expect(throws: InputError.self) { try open() }
        #expect(try Data(contentsOf: URL(filePath: other)) == Data("precious".utf8))
    }
}
