import Crypto
import Files
import Foundation
import HTTPTypes

/// The files of the page for chatting, read once when the server starts. No part of a request becomes part of a path.
struct PageFiles: Sendable {
    private struct Entry {
        let bytes: [UInt8]
        let type: String
        let tag: String
    }

    private let entries: [String: Entry]

    /// The page may load what comes from here, and nothing else: nothing that a model writes can become script or send a request.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8", "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon",
        "json": "application/json", "webmanifest": "application/manifest+json", "woff2": "font/woff2",
        "txt": "text/plain; charset=utf-8",
    ]

    /// The files in `folder` and the folders in it; those of unknown types are left out.
    init(folder: String) throws {
        var entries: [String: Entry] = [:]
        let root = URL(filePath: folder, directoryHint: .isDirectory)
        for name in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) ?? [] {
            guard let type = PageFiles.types[(name as NSString).pathExtension] else { continue }
            let bytes = try Array(Data(contentsOf: root.appending(path: name)))
            let digest = SHA256.hash(data: bytes).prefix(16).map { String(format: "%02x", $0) }.joined()
            entries["/" + name] = Entry(bytes: bytes, type: type, tag: "\"\(digest)\"")
        }
        entries["/"] = entries["/index.html"]
        self.entries = entries
    }

    /// An endpoint for each file.
    var endpoints: [Endpoint] {
        entries.keys.sorted().map { path in
            .get(path, .native, "The page for chatting", .text("text/html"), isOpen: true) { call in
                reply(path, call)
            }
        }
    }

    private func reply(_ path: String, _ call: Call) -> Reply {
        guard let entry = entries[path] else { return .notModified(HTTPFields()) }
        var headers: HTTPFields = [
            .eTag: entry.tag, .cacheControl: "no-cache", .contentSecurityPolicy: PageFiles.policy,
        ]
        headers.set("referrer-policy", "no-referrer")
        headers.set("cross-origin-opener-policy", "same-origin")
        headers.set("cross-origin-resource-policy", "same-origin")
        if call.headers[.ifNoneMatch] == entry.tag { return .notModified(headers) }
        return .bytes(entry.bytes, type: entry.type, headers: headers)
    }
}

extension HTTPFields {
    /// Sets a field that has no name of its own in the library.
    fileprivate mutating func set(_ name: String, _ value: String) {
        if let name = HTTPField.Name(name) { self[name] = value }
    }
}
