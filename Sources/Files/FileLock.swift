import Foundation

/// Keeps others away from something for as long as this object lives; the system lets go if the program ends before.
///
/// It is `flock` on a file of its own, which Python's `filelock` takes too, so that both keep each other away.
package final class FileLock: Sendable {
    /// Who may hold the lock at the same time.
    package enum Kind: Sendable {
        /// Nobody else.
        case exclusive
        /// All who ask for the same.
        case shared
    }

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock that stands for the file at `path`, which is made if it is not there; `nil` if another holds it.
    /// - Throws: `InputError` if the file cannot be made, or is a link.
    package static func take(_ path: String, _ kind: Kind) throws -> FileLock? {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o664)
            guard descriptor >= 0 else { throw InputError.unwritable(path, String(cString: strerror(errno))) }
            let lock = FileLock(descriptor)
            guard flock(descriptor, (kind == .exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 else {
                if errno == EINTR { continue }
                if errno == EWOULDBLOCK { return nil }
                throw InputError.unwritable(path, String(cString: strerror(errno)))
            }
            // Whoever held it before may have removed the file: a lock on a file without a name keeps nobody away.
            if lock.isFile(at: path) { return lock }
        }
    }

    /// Whether the file that is locked is the one at `path`.
    private func isFile(at path: String) -> Bool {
        var (own, there) = (stat(), stat())
        return fstat(descriptor, &own) == 0 && lstat(path, &there) == 0 && own.st_ino == there.st_ino
            && own.st_dev == there.st_dev
    }
}
