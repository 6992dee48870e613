#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Fills `parts` one after another with all bytes of the file at `path`.
///
/// For files of a size that is known before: nothing is allocated by what the file says. Links are not followed.
/// - Returns: whether it is a regular file of exactly that many bytes, and all were read.
package func readExactly(_ path: String, into parts: [UnsafeMutableRawBufferPointer]) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        Int(status.st_size) == parts.reduce(0, { $0 + $1.count })
    else { return false }
    return parts.allSatisfy { fill($0, from: descriptor) }
}

private func fill(_ part: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Bool {
    var rest = part[...]
    while !rest.isEmpty {
        // Safe: a slice of the caller's memory, which lives until the call returns.
        let buffer = UnsafeMutableRawBufferPointer(rebasing: rest)
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 {
            rest = rest.dropFirst(count)
        } else if count == 0 || errno != EINTR {
            return false
        }
    }
    return true
}
