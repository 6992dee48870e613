import Files
import Foundation

/// A document as it stands in its file: a text, or a line of JSON.
package struct RawDocument: Sendable {
    package let bytes: [UInt8]
    package let isRecord: Bool
    /// Where it stands, for errors: "corpus/a.jsonl, line 3".
    package let origin: String
}

/// Files of text and of JSON lines, in a fixed order.
///
/// A folder stands for all regular files in it and below, by path, without those whose names begin with a dot. Files that end in
/// .jsonl or .ndjson hold a record a line. Files in a folder that are no UTF-8 text are passed over and counted; one that is named
/// itself is an error.
package struct TextSources: Sendable {
    struct File: Sendable {
        let path: String
        let isNamed: Bool

        var hasRecords: Bool { [".jsonl", ".ndjson"].contains { path.lowercased().hasSuffix($0) } }
    }

    /// What stands between the documents of a text file; a file is one document where this is empty.
    private let separator: [UInt8]
    let files: [File]
    /// Bytes of all files.
    package let byteCount: Int

    /// - Throws: `InputError` if there is nothing at one of the paths, or no file in all of them.
    package init(_ paths: [String], separator: String = "") throws {
        self.separator = Array(separator.utf8)
        files = try paths.flatMap(Self.files)
        byteCount = files.reduce(0) { $0 + Self.size($1.path) }
        guard !files.isEmpty else {
            throw InputError(
                .missing, source: paths.joined(separator: ", "), found: "found no file", expected: "text or JSON lines",
                advice: "name a file or a folder that has some")
        }
    }

    private static func files(at path: String) throws -> [File] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw InputError(
                .unreadable, source: path, found: "found nothing there", expected: "a file or a folder",
                advice: "check the path")
        }
        guard isFolder.boolValue else { return [File(path: path, isNamed: true)] }
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return names.filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { File(path: path.hasSuffix("/") ? path + $0 : "\(path)/\($0)", isNamed: false) }.filter(isRegular)
    }

    private static func isRegular(_ file: File) -> Bool {
        let type = try? FileManager.default.attributesOfItem(atPath: file.path)[.type] as? FileAttributeType
        return type == .typeRegular
    }

    private static func size(_ path: String) -> Int {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        return size?.intValue ?? 0
    }

    // MARK: Reading

    /// Calls `body` with every document that is not empty, in order.
    /// - Returns: how many files were passed over.
    package func forEachDocument(_ body: (RawDocument) throws -> Void) throws -> Int {
        var skipped = 0
        for file in files {
            let mapped = try MappedFile(path: file.path)
            guard file.hasRecords || Self.isText(mapped) else {
                guard !file.isNamed else { throw Self.noText(file.path) }
                skipped += 1
                continue
            }
            // A line of JSON is checked as it is read, so that a long file is not read twice.
            let mark = file.hasRecords ? [UInt8(ascii: "\n")] : separator
            try Self.forEachPart(of: mapped, mark) { bytes, number in
                let place = file.hasRecords ? ", line \(number)" : separator.isEmpty ? "" : ", document \(number)"
                try body(RawDocument(bytes: bytes, isRecord: file.hasRecords, origin: file.path + place))
            }
        }
        return skipped
    }

    /// Calls `body` with the documents in batches of at least so many bytes, but for the last, and with how many bytes were read.
    /// - Returns: how many files were passed over.
    package func forEachBatch(
        ofBytes size: Int, _ body: (_ batch: [RawDocument], _ done: Int) throws -> Void
    ) throws -> Int {
        var (waiting, waitingBytes, done) = ([RawDocument](), 0, 0)
        func flush() throws {
            done += waitingBytes
            let batch = waiting
            (waiting, waitingBytes) = ([], 0)
            try body(batch, min(done, byteCount))
        }
        let skipped = try forEachDocument { document in
            waiting.append(document)
            waitingBytes += document.bytes.count
            if waitingBytes >= size { try flush() }
        }
        if !waiting.isEmpty { try flush() }
        return skipped
    }

    /// A hash of all content and of how it is read.
    func contentHash() throws -> UInt64 {
        var hash = ContentHash()
        hash.update(separator)
        for file in files {
            let mapped = try MappedFile(path: file.path)
            hash.update(UInt64(mapped.byteCount))
            hash.update(file.hasRecords ? 1 : 0)
            mapped.withBytes(in: 0..<mapped.byteCount) { hash.update($0) }
        }
        return hash.value
    }

    private static func isText(_ file: MappedFile) -> Bool {
        file.withBytes(in: 0..<file.byteCount) { bytes in
            !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
        }
    }

    /// Calls `body` with the parts between `mark`s that hold more than white space, and their numbers from 1.
    private static func forEachPart(
        of file: MappedFile, _ mark: [UInt8], _ body: ([UInt8], Int) throws -> Void
    ) throws {
        try file.withBytes(in: 0..<file.byteCount) { bytes in
            var (start, number) = (0, 1)
            while start < bytes.count {
                let end = place(of: mark, in: bytes, from: start)
                let part = bytes[start..<end]
                if part.contains(where: { !($0 == 0x20 || (0x09...0x0D).contains($0)) }) {
                    try body(Array(part), number)
                }
                start = end + mark.count
                number += 1
            }
        }
    }

    /// Where `mark` stands next; the end of `bytes` where it does not, or is empty.
    private static func place(of mark: [UInt8], in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let first = mark.first else { return bytes.count }
        var place = start
        while let found = bytes[place...].firstIndex(of: first) {
            if bytes[found...].starts(with: mark) { return found }
            place = found + 1
        }
        return bytes.count
    }

    private static func noText(_ path: String) -> InputError {
        InputError(
            .invalidValue, source: path, found: "found bytes that are not UTF-8", expected: "a text in UTF-8",
            advice: "give a text file; `iconv -t UTF-8` turns other texts into one")
    }
}
