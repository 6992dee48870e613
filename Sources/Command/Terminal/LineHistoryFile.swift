import Files
import Foundation

/// Keeps earlier lines in a file that only its owner can read: one a line, newlines and backslashes escaped.
struct LineHistoryFile {
    /// No more than this many bytes at the file's end are read.
    static let byteLimit = 1 << 22

    let path: String

    /// Where the history lies: below `XDG_STATE_HOME` (XDG Base Directory Specification), or in the home folder.
    static func standardPath(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        if let states = environment["XDG_STATE_HOME"], states.hasPrefix("/") { return states + "/isobath/history" }
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        return home + "/.local/state/isobath/history"
    }

    /// The lines in the file, oldest first; none if there is no such file.
    /// - Throws: `InputError` if there is one that cannot be read.
    func read() throws -> LineHistory {
        guard FileManager.default.fileExists(atPath: path) else { return LineHistory() }
        let file = try MappedFile(path: path)
        let start = max(file.byteCount - LineHistoryFile.byteLimit, 0)
        let text = file.withBytes(in: start..<file.byteCount) { String(decoding: $0, as: UTF8.self) }
        let lines = text.split(separator: "\n")
        // The first line is likely only the end of one if the file was cut.
        return LineHistory(lines.dropFirst(start > 0 ? 1 : 0).map { LineHistoryFile.unescaped(String($0)) })
    }

    /// Writes all lines; the file is as before or complete, and readable by its owner alone from the first moment.
    func write(_ history: LineHistory) throws {
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty {
            try? FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        let text = history.lines.map { LineHistoryFile.escaped($0) + "\n" }.joined()
        let temporary = path + ".part-\(UUID().uuidString)"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unwritable(String(cString: strerror(errno))) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.synchronize()
            try handle.close()
            guard rename(temporary, path) == 0 else { throw unwritable(String(cString: strerror(errno))) }
        } catch {
            unlink(temporary)
            throw error as? InputError ?? unwritable(String(describing: error))
        }
    }

    private func unwritable(_ reason: String) -> InputError {
        InputError(
            .unreadable, source: path, found: "the system says: \(reason)", expected: "a file that can be written",
            advice: "check that the folder exists, is writable, and has space left")
    }

    static func escaped(_ line: String) -> String {
        var result = ""
        for scalar in line.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Control characters, which only another program can have written, are dropped: they are drawn on the terminal.
    static func unescaped(_ line: String) -> String {
        var result = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in line.unicodeScalars {
            if isEscaped {
                result.append(scalar == "n" ? "\n" : scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\t" || !(scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)) {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
