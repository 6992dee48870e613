import Foundation
import TestSupport
import Testing

@testable import Files

@Suite final class FileLockTests {
    private let folder: String
    private var path: String { folder + "/lock" }

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    @Test func exclusiveLockKeepsAllOthersAway() throws {
        var lock = try FileLock.take(path, .exclusive)
        #expect(lock != nil)
        #expect(try FileLock.take(path, .exclusive) == nil)
        #expect(try FileLock.take(path, .shared) == nil)
        lock = nil
        #expect(try FileLock.take(path, .exclusive) != nil)
    }

    @Test func sharedLocksGoTogether() throws {
        let first = try FileLock.take(path, .shared)
        let second = try FileLock.take(path, .shared)
        #expect(first != nil && second != nil)
        #expect(try FileLock.take(path, .exclusive) == nil)
        withExtendedLifetime((first, second)) {}
    }

    /// A lock on a file that was removed keeps nobody away from the new one of that name.
    @Test func newFileIsANewLock() throws {
        let old = try FileLock.take(path, .exclusive)
        try FileManager.default.removeItem(atPath: path)
        #expect(try FileLock.take(path, .exclusive) != nil)
        withExtendedLifetime(old) {}
    }

    @Test func linksAndMissingFoldersAreRefused() throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder + "/other")
        #expect(throws: InputError.self) { try FileLock.take(path, .exclusive) }
        #expect(throws: InputError.self) { try FileLock.take(folder + "/none/lock", .exclusive) }
    }
}
