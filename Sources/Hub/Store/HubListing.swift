import Files
import Foundation

/// A file of a repository, as the hub describes it.
struct RepositoryFile: Sendable, Equatable {
    let path: RepositoryPath
    let byteCount: Int
    /// What the content must add up to; the name of the file in the store.
    let digest: BlobDigest
}

/// What a repository holds at one commit.
struct RepositoryListing: Sendable, Equatable {
    /// The commit's full name.
    let commit: String
    /// Its files, but for those whose path, size or hash could not be right.
    let files: [RepositoryFile]
    /// The others: what was wrong with each, by path.
    let refused: [String: String]
}

/// Asks a hub what a repository holds, by the interface of the Hugging Face hub.
struct HubLister: Sendable {
    let client: HubClient
    let settings: HubSettings
    /// Is told what goes wrong, and for how long the hub is left alone then.
    let waiting: @Sendable (String, Duration) -> Void

    /// The listing of `reference`'s revision.
    /// - Throws: `InputError` if there is none, it is not to be seen, or it is none.
    func listing(of reference: ModelReference) async throws -> RepositoryListing {
        let commit = try await commit(of: reference)
        let tree = client.endpoint.appending(
            ["api", "models", reference.repository.owner, reference.repository.name, "tree", commit],
            query: "recursive=true&expand=false")
        let entries = try await pages(from: tree, reference)
        return try HubLister.listing(commit, entries, source: tree.text)
    }

    private func commit(of reference: ModelReference) async throws -> String {
        let address = client.endpoint.appending([
            "api", "models", reference.repository.owner, reference.repository.name, "revision",
            reference.revisionOrDefault,
        ])
        let (value, _) = try await document(address, reference)
        guard let commit = value["sha"]?.string, HexadecimalText.isCommit(commit) else {
            throw HubLister.unexpected(address.text, "sha", "the commit's name, 40 hexadecimal digits")
        }
        return commit
    }

    /// The entries of all pages. Each is the same address with another query, so that no page can lead elsewhere.
    private func pages(from first: HubAddress, _ reference: ModelReference) async throws -> [JSONValue] {
        var (entries, next, seen) = ([JSONValue](), Optional(first), Set<String>())
        while let page = next {
            guard seen.count < settings.listingPages, seen.insert(page.query ?? "").inserted else {
                throw HubLister.excessive(page.text, "more than \(seen.count) pages, or one page twice")
            }
            let (value, link) = try await document(page, reference)
            guard let list = value.array else { throw HubLister.unexpected(page.text, "JSON", "an array") }
            entries += list
            guard entries.count <= settings.listingFiles else {
                throw HubLister.excessive(page.text, "more than \(settings.listingFiles) files")
            }
            next = HubLister.nextQuery(link).map { first.with(query: $0) }
        }
        return entries
    }

    /// The query of the page that a `Link` header calls the next (RFC 8288); `nil` on the last.
    static func nextQuery(_ link: String?) -> String? {
        for part in (link ?? "").split(separator: ",") {
            guard let start = part.firstIndex(of: "<"), let end = part[start...].firstIndex(of: ">"),
                part[end...].replacing(" ", with: "").contains(#"rel="next""#)
            else { continue }
            return URLComponents(string: String(part[part.index(after: start)..<end]))?.percentEncodedQuery
        }
        return nil
    }

    // MARK: One document

    private func document(_ address: HubAddress, _ reference: ModelReference) async throws -> (JSONValue, link: String?)
    {
        let (bytes, link) = try await settings.retry.run(source: address.origin.host, waiting: waiting) {
            let response = try await client.get(address)
            try HubAnswer.check(response, reference, endpoint: client.endpoint)
            return (try await body(of: response), response.headers["link"])
        }
        return (try JSONParser.parse(bytes, source: address.text), link)
    }

    private func body(of response: HubResponse) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        let deadline = ContinuousClock.now + settings.answerTimeout * 2
        do {
            for try await chunk in response.body {
                bytes += chunk.readableBytesView
                guard bytes.count <= settings.listingBytes else {
                    throw HubLister.excessive(
                        response.address.text, "an answer of more than \(settings.listingBytes) bytes")
                }
                guard ContinuousClock.now < deadline else {
                    throw TransientFailure(reason: "found that \(response.address.origin.host) is too slow with a list")
                }
            }
        } catch {
            throw HubClient.failure(error, response.address)
        }
        return bytes
    }

    // MARK: What the entries say

    static func listing(_ commit: String, _ entries: [JSONValue], source: String) throws -> RepositoryListing {
        var (files, refused) = ([RepositoryFile](), [String: String]())
        var seen: Set<String> = []
        for entry in entries where entry["type"]?.string == "file" {
            guard let path = entry["path"]?.string else { throw unexpected(source, "path", "a text in every entry") }
            guard seen.insert(path).inserted else {
                throw InputError(
                    .duplicate, source: source, field: String(path.prefix(200)), found: "found the file twice",
                    expected: "every file once", advice: "use another hub with --endpoint")
            }
            do {
                files.append(try file(entry, path, source))
            } catch let error as InputError {
                refused[path] = error.found
            }
        }
        return RepositoryListing(commit: commit, files: files, refused: refused)
    }

    /// The size beyond which no file is believed: 64 TiB.
    private static let largestFile = 1 << 46

    private static func file(_ entry: JSONValue, _ path: String, _ source: String) throws -> RepositoryFile {
        let path = try RepositoryPath(path, source: source)
        let large = entry["lfs"].flatMap { $0.isNull ? nil : $0 }
        guard let size = (large ?? entry)["size"]?.integer, (0...largestFile).contains(size) else {
            throw unexpected(source, "size", "a size of at most 64 TiB")
        }
        let text = (large ?? entry)["oid"]?.string ?? ""
        guard let digest = BlobDigest(large == nil ? .gitSHA1 : .sha256, text) else {
            throw unexpected(source, "oid", "a hash in lower-case hexadecimal digits")
        }
        return RepositoryFile(path: path, byteCount: size, digest: digest)
    }

    private static func unexpected(_ source: String, _ field: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: source, field: field, found: "found something else", expected: expected,
            advice: "check that --endpoint is a hub with the interface of Hugging Face's")
    }

    private static func excessive(_ source: String, _ found: String) -> InputError {
        InputError(
            .excessive, source: source, found: "found \(found)", expected: "the list of a model's files",
            advice: "check that --endpoint is a hub with the interface of Hugging Face's")
    }
}
