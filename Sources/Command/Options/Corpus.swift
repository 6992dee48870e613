import Files
import Foundation

/// A text that a command reads whole: a file, or standard input under the name "-".
struct Corpus {
    /// What it is called in errors and results.
    let name: String
    let bytes: Data

    /// - Throws: `InputError` if the file cannot be read.
    init(_ path: String) throws {
        guard path != "-" else {
            (name, bytes) = ("standard input", try readStandardInput())
            return
        }
        let file = try MappedFile(path: path)
        (name, bytes) = (path, file.withBytes(in: 0..<file.byteCount) { Data($0) })
    }
}
