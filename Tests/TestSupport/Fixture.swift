import Foundation

/// Where the recorded files of the tests lie.
public enum Fixture {
    /// The folder `Tests/Fixtures`, whatever folder the tests are run from.
    public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures").path()

    /// The path of `name` below `Tests/Fixtures`.
    public static func path(_ name: String) -> String { root + (root.hasSuffix("/") ? "" : "/") + name }

    /// The bytes of `name` below `Tests/Fixtures`.
    public static func data(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }

    /// The path of an unpacked copy of `name`, a `.gz` file, in a temporary folder; unpacked once a machine.
    public static func unpacked(_ name: String) throws -> String {
        try lock.withLock {
            let source = path(name)
            let target =
                NSTemporaryDirectory() + "isobath-fixtures-"
                + name.replacingOccurrences(of: "/", with: "-")
                .replacingOccurrences(of: ".gz", with: "")
            if let age = modified(target), let made = modified(source), age >= made { return target }
            let unpacked = target + ".\(ProcessInfo.processInfo.processIdentifier)"
            _ = FileManager.default.createFile(atPath: unpacked, contents: nil)
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["gzip", "-dc", source]
            process.standardOutput = FileHandle(forWritingAtPath: unpacked)
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
            guard rename(unpacked, target) == 0 else { throw CocoaError(.fileWriteUnknown) }
            return target
        }
    }

    /// A fresh, empty temporary folder; removed when the process ends, if not by the test that made it.
    public static func temporaryFolder() throws -> String {
        let path = temporaryFolders + "/" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static let lock = NSLock()

    /// Where all temporary folders of this process lie, until it ends.
    private static let temporaryFolders: String = {
        atexit { try? FileManager.default.removeItem(atPath: Fixture.ownFolder) }
        return ownFolder
    }()

    private static let ownFolder =
        NSTemporaryDirectory() + "isobath-test-\(ProcessInfo.processInfo.processIdentifier)"

    private static func modified(_ path: String) -> Date? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
    }
}
