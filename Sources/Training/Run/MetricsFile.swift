import Files
import Foundation

/// `metrics.jsonl` of a run: a line a step, appended as steps are done.
package final class MetricsFile {
    private let handle: FileHandle
    private let path: String

    /// Opens the file to go on after `step`: lines of later steps, and a last one that was cut off, are removed.
    /// - Throws: `InputError` if it cannot be read or written.
    package init(path: String, after step: Int) throws {
        let kept = try MetricsFile.lines(path).filter { $0.metrics.step <= step }
        try writeAtomically(Data(kept.map { $0.text + "\n" }.joined().utf8), to: path)
        guard let handle = FileHandle(forWritingAtPath: path), (try? handle.seekToEnd()) != nil else {
            throw MetricsFile.unwritable(path, "cannot be opened")
        }
        (self.handle, self.path) = (handle, path)
    }

    /// What the file at `path` says in whole lines; nothing where there is no file.
    package static func read(_ path: String) throws -> [StepMetrics] { try lines(path).map(\.metrics) }

    private static func lines(_ path: String) throws -> [(text: String, metrics: StepMetrics)] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let file = try MappedFile(path: path)
        let bytes = file.withBytes(in: 0..<file.byteCount) { Array($0) }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let text = String(decoding: line, as: UTF8.self)
            return StepMetrics(line: text).map { (text, $0) }
        }
    }

    /// - Throws: `InputError` if the disk is full.
    package func append(_ metrics: StepMetrics) throws {
        do { try handle.write(contentsOf: Data((metrics.line + "\n").utf8)) } catch {
            throw MetricsFile.unwritable(path, error.localizedDescription)
        }
    }

    /// Makes sure that all lines are on the disk.
    package func synchronize() throws {
        do { try handle.synchronize() } catch { throw MetricsFile.unwritable(path, error.localizedDescription) }
    }

    private static func unwritable(_ path: String, _ reason: String) -> InputError {
        InputError(
            .unreadable, source: path, found: "the system says: \(reason)", expected: "a file that can be written",
            advice: "check that the folder is writable, and has space left")
    }
}
