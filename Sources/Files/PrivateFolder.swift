import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Makes the folder at `path` if there is none, for this user alone.
/// - Throws: `InputError` if it cannot be made, is no folder, or others may write in it.
package func requirePrivateFolder(_ path: String) throws {
    if !FileManager.default.fileExists(atPath: path) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw InputError.unwritable(path, error.localizedDescription)
        }
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw InputError(
            .unreadable, source: path, found: "found something other than a folder", expected: "a folder",
            advice: "give another path, or remove what is there")
    }
    guard status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
        throw InputError(
            .invalidValue, source: path, found: "found a folder in which others may write",
            expected: "a folder of this user's in which nobody else may", advice: "chmod go-w it, or give another path")
    }
}
