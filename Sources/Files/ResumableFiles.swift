import Foundation

/// Files that are written one after another and take their places together, when the last is complete.
///
/// Each grows beside its place as `ResumableFile` does, and goes on where it was if the program ends before.
public final class ResumableFiles {
    /// One of the files.
    public struct Plan: Sendable {
        /// The place that the file will take.
        public let path: String
        /// How large it will be.
        public let byteCount: Int

        /// A file that will be `byteCount` bytes large.
        public init(path: String, byteCount: Int) { (self.path, self.byteCount) = (path, byteCount) }
    }

    private let plans: [Plan]
    private let identity: String
    private var opened: [ResumableFile] = []

    /// - Parameter identity: says in one line what the files are made from and how: only parts of the same are kept.
    /// - Throws: `InputError` if the disk has too little space for all of them.
    public init(_ plans: [Plan], identity: String) throws {
        (self.plans, self.identity) = (plans, identity)
    }

    /// Opens file number `index`; those before it are complete.
    /// - Throws: `InputError` if it cannot be made, or the disk has too little space for it and all that follow.
    public func open(_ index: Int) throws -> ResumableFile {
        // The first stays open, and with it the lock that keeps other programs away.
        if opened.count > 1 { try opened[opened.count - 1].complete() }
        let following = plans[(index + 1)...].reduce(0) { $0 + max($1.byteCount - ResumableFiles.size($1.path), 0) }
        let file = try ResumableFile(
            path: plans[index].path, identity: "\(identity), file \(index + 1) of \(plans.count)",
            byteCount: plans[index].byteCount + following)
        opened.append(file)
        return file
    }

    /// Bytes that an earlier run has left for the file at `path`.
    private static func size(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: ResumableFile.partPath(of: path))
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    /// Gives all files their places.
    public func publish() throws {
        for file in opened { try file.complete() }
        for file in opened { try file.publish() }
    }

    /// Removes what was written, of earlier runs too.
    public func discard() {
        for file in opened { file.discard() }
        for plan in plans.dropFirst(opened.count) { ResumableFile.discard(path: plan.path) }
    }
}
