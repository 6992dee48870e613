import Files
import Foundation
import TestSupport
import Testing

@testable import Command

@Suite struct TerminalHistoryFileTests {
    @Test func linesComeBackAsTheyWere() throws {
        let path = try Fixture.temporaryFolder() + "/deeper/history"
        let lines = ["plain", "two\nlines", #"back\slash \n"#, "日本\t🙂", "\\"]
        try LineHistoryFile(path: path).write(LineHistory(lines))
        #expect(try LineHistoryFile(path: path).read().lines == lines)
    }

    @Test func onlyTheOwnerReadsIt() throws {
        let folder = try Fixture.temporaryFolder()
        let path = folder + "/history"
        try Data("old\n".utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try LineHistoryFile(path: path).write(LineHistory(["new"]))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["history"])
    }

    @Test func environmentSaysWhereItLies() {
        let home = "/home/a/.local/state/isobath/history"
        #expect(LineHistoryFile.standardPath(["HOME": "/home/a"]) == home)
        #expect(LineHistoryFile.standardPath(["HOME": "/home/a", "XDG_STATE_HOME": "relative"]) == home)
        #expect(LineHistoryFile.standardPath(["HOME": "/home/a", "XDG_STATE_HOME": "/s"]) == "/s/isobath/history")
        #expect(LineHistoryFile.standardPath([:]).hasSuffix("/.local/state/isobath/history"))
    }

    @Test func absentFileIsEmptyHistory() throws {
        #expect(try LineHistoryFile(path: Fixture.temporaryFolder() + "/none").read().lines.isEmpty)
    }

    @Test func unwritableFolderIsAnError() {
        #expect(throws: InputError.self) { try LineHistoryFile(path: "/dev/null/history").write(LineHistory(["a"])) }
    }

    @Test func folderInPlaceOfTheFileIsAnError() throws {
        let folder = try Fixture.temporaryFolder()
        #expect(throws: InputError.self) { try LineHistoryFile(path: folder).read() }
        #expect(throws: InputError.self) { try LineHistoryFile(path: folder).write(LineHistory(["a"])) }
    }

    @Test func hostileBytesNeverReachTheTerminal() throws {
        let path = try Fixture.temporaryFolder() + "/history"
        try Data([0x61, 0x1B, 0x5B, 0x32, 0x4A, 0xFF, 0x0A, 0x0A, 0x62, 0x5C]).write(to: URL(filePath: path))
        #expect(try LineHistoryFile(path: path).read().lines == ["a[2J\u{FFFD}", "b"])
    }

    @Test func hugeFileIsReadFromItsEnd() throws {
        let path = try Fixture.temporaryFolder() + "/history"
        let text = String(repeating: "x", count: LineHistoryFile.byteLimit) + "\nlast\n"
        try Data(text.utf8).write(to: URL(filePath: path))
        #expect(try LineHistoryFile(path: path).read().lines == ["last"])
    }
}
