import Files
import Foundation

/// A folder that is filled beside the place it will take.
package enum NewFolder {
    /// Calls `body` with a new folder, which takes the place `folder` when it returns, and vanishes if it throws.
    package static func fill<Result>(_ folder: String, _ body: (_ partial: String) throws -> Result) throws -> Result {
        let manager = FileManager.default
        if let present = try? manager.contentsOfDirectory(atPath: folder), present.isEmpty {
            try? manager.removeItem(atPath: folder)
        }
        guard !manager.fileExists(atPath: folder) else {
            throw unwritable(folder, "found something there", "move it away, or give another path")
        }
        var path = folder
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let partial = "\(path).part-\(UUID().uuidString)"
        do { try manager.createDirectory(atPath: partial, withIntermediateDirectories: true) } catch {
            throw unwritable(path, "the system says: \(error.localizedDescription)", "check the folder around it")
        }
        do {
            let result = try body(partial)
            guard rename(partial, path) == 0 else {
                throw unwritable(
                    path, "the system says: \(String(cString: strerror(errno)))", "move away what is there")
            }
            return result
        } catch {
            try? manager.removeItem(atPath: partial)
            throw error
        }
    }

    private static func unwritable(_ path: String, _ found: String, _ advice: String) -> InputError {
        InputError(.unreadable, source: path, found: found, expected: "a folder that can be made", advice: advice)
    }
}
