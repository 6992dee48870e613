import Files
import Foundation

/// What the system says about a file, at the end of links.
struct FileStatus: Sendable {
    let byteCount: Int
    /// Bytes that it takes on the disk: fewer than its size where nothing has been written yet.
    let storedBytes: Int
    /// When it was last read or written, as far as the file system notes it.
    let lastUsed: Date

    /// `nil` if there is no regular file at `path`.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        byteCount = Int(status.st_size)
        storedBytes = Int(status.st_blocks) * 512
        #if canImport(Darwin)
        let (read, written) = (status.st_atimespec.tv_sec, status.st_mtimespec.tv_sec)
        #else
        let (read, written) = (status.st_atim.tv_sec, status.st_mtim.tv_sec)
        #endif
        lastUsed = Date(timeIntervalSince1970: TimeInterval(max(read, written)))
    }
}

/// A file of a revision that is in the store.
public struct StoredFile: Sendable, Equatable {
    /// Its path in the repository.
    public let path: String
    /// Where it lies.
    public let location: String
    /// Where its content lies: what several revisions may share.
    let content: String
    /// Its size.
    public let byteCount: Int
    /// When it was last read or written, as far as the file system notes it.
    public let lastUsed: Date

    /// `nil` if there is no file of that path in `folder`, or its content is missing.
    init?(_ path: String, in folder: String) {
        let location = folder + "/" + path
        guard let status = FileStatus(location) else { return nil }
        self.path = path
        self.location = location
        (byteCount, lastUsed) = (status.byteCount, status.lastUsed)
        content = StoredFile.content(of: location)
    }

    /// What a link points to, one step far; the file itself where it is none.
    static func content(of location: String) -> String {
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: location) else { return location }
        if target.hasPrefix("/") { return target }
        var parts = location.split(separator: "/", omittingEmptySubsequences: false).dropLast().map(String.init)
        // By the letters alone: what the result points to is another question.
        for part in target.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }

    /// What a choice among files looks at.
    var named: NamedFile { NamedFile(path: path, byteCount: byteCount) }
}

extension FileStatus {
    /// Notes that files are used now, where the file system does not do that by itself each time.
    static func noteUse(_ paths: [String]) {
        for path in paths {
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            #if canImport(Darwin)
            let written = status.st_mtimespec
            #else
            let written = status.st_mtim
            #endif
            var times = [timespec(tv_sec: time(nil), tv_nsec: 0), written]
            utimensat(AT_FDCWD, path, &times, 0)
        }
    }
}
