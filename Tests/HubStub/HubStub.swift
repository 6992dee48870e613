import Foundation
import Hummingbird
import Logging
import Synchronization

/// A hub on this machine that speaks the protocol of the Hugging Face hub, and breaks it where a test wants that.
///
/// Small files come from the hub itself; for large ones it sends clients to a second server, as the real one does to
/// its storage, with what it knows about the file in the headers of that answer.
package final class HubStub: Sendable {
    private struct State {
        var repositories: [String: StubRepository] = [:]
        var requests: [StubRequest] = []
        var sentBytes = 0
        var counts: [String: Int] = [:]
    }

    private let state: Mutex<State>
    private let fault: @Sendable (StubRequest) -> StubFault?
    private let pageSize: Int
    private let hub = StubServer()
    private let storage = StubServer()

    /// Starts both servers.
    /// - Parameter fault: what is done about a request instead of answering it well.
    package init(
        _ repositories: [StubRepository], pageSize: Int = 1000,
        fault: @escaping @Sendable (StubRequest) -> StubFault? = { _ in nil }
    ) async throws {
        self.pageSize = pageSize
        self.fault = fault
        let named = repositories.map { ($0.name, $0) }
        state = Mutex(State(repositories: Dictionary(named) { first, _ in first }))
        try await hub.start { [weak self] in await self?.answer($0, isStorage: false) ?? Response(status: .gone) }
        try await storage.start { [weak self] in await self?.answer($0, isStorage: true) ?? Response(status: .gone) }
    }

    deinit {
        hub.stop()
        storage.stop()
    }

    /// What `--endpoint` takes.
    package var endpoint: String { "http://127.0.0.1:\(hub.port)" }
    /// Where the hub sends clients for large files.
    package var storageAddress: String { "http://127.0.0.1:\(storage.port)" }
    /// All requests so far.
    package var requests: [StubRequest] { state.withLock { $0.requests } }
    /// Bytes of files that were sent so far.
    package var sentBytes: Int { state.withLock { $0.sentBytes } }

    /// Changes what the hub holds.
    package func put(_ repository: StubRepository) { state.withLock { $0.repositories[repository.name] = repository } }

    // MARK: Answers

    private func answer(_ request: Request, isStorage: Bool) async -> Response {
        let noted = note(request, isStorage)
        let fault = fault(noted)
        if case .status(let code, let headers)? = fault {
            return Response(status: .init(code: code), headers: fields(headers), body: .init())
        }
        if case .json(let text)? = fault { return json(text, [:]) }
        let parts = noted.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        var response: Response
        if isStorage {
            response = content(parts, noted, fault)
        } else if parts.prefix(2) == ["api", "models"] {
            response = api(Array(parts.dropFirst(2)), noted)
        } else {
            response = resolve(parts, noted, fault)
        }
        if case .headers(let headers)? = fault {
            for (name, value) in headers { set(&response.headers, name, value) }
        }
        return response
    }

    private func note(_ request: Request, _ isStorage: Bool) -> StubRequest {
        let path = request.uri.path.removingPercentEncoding ?? request.uri.path
        let headers = request.headers.map { ($0.name.canonicalName, $0.value) }
        return state.withLock { state in
            let key = (isStorage ? "storage " : "hub ") + path
            let noted = StubRequest(
                method: request.method.rawValue, path: path, query: request.uri.query ?? "",
                headers: Dictionary(headers) { first, _ in first }, isStorage: isStorage,
                earlier: state.counts[key, default: 0])
            state.counts[key, default: 0] += 1
            state.requests.append(noted)
            return noted
        }
    }

    private func repository(_ owner: String, _ name: String, _ request: StubRequest) -> (StubRepository?, Response?) {
        guard let found = state.withLock({ $0.repositories["\(owner)/\(name)"] }) else {
            return (nil, failure(404, "RepoNotFound", "Repository not found"))
        }
        if let token = found.token, request.headers["authorization"] != "Bearer \(token)" {
            return (
                nil, failure(request.headers["authorization"] == nil ? 401 : 403, "GatedRepo", "Access is restricted")
            )
        }
        return (found, nil)
    }

    private func api(_ parts: [String], _ request: StubRequest) -> Response {
        guard parts.count >= 4 else { return failure(404, "RepoNotFound", "Repository not found") }
        let (found, refusal) = repository(parts[0], parts[1], request)
        guard let found else { return refusal ?? Response(status: .notFound) }
        let revision = parts[3...].joined(separator: "/")
        guard revision == found.commit || found.revisions.contains(revision) else {
            return failure(404, "RevisionNotFound", "Invalid rev id: \(revision)")
        }
        if parts[2] == "revision" {
            return json(
                #"{"_id": "1", "id": "\#(found.name)", "modelId": "\#(found.name)", "sha": "\#(found.commit)", "#
                    + #""private": false, "gated": false, "disabled": false, "tags": [], "siblings": []}"#, [:])
        }
        return tree(found, request)
    }

    private func tree(_ found: StubRepository, _ request: StubRequest) -> Response {
        let query = URLComponents(string: "/?" + request.query)?.queryItems ?? []
        let start = query.first { $0.name == "cursor" }?.value.flatMap(Int.init) ?? 0
        let page = found.files.dropFirst(start).prefix(pageSize)
        let folders =
            start == 0 ? [#"{"type": "directory", "oid": "\#(found.commit)", "size": 0, "path": "folder"}"#] : []
        let body = "[" + (folders + page.map(entry)).joined(separator: ",\n") + "]"
        guard start + page.count < found.files.count else { return json(body, [:]) }
        let next = "\(endpoint)/api/models/\(found.name)/tree/\(found.commit)?recursive=true&expand=false"
        return json(body, ["Link": "<\(next)&cursor=\(start + page.count)>; rel=\"next\""])
    }

    private func entry(_ file: StubRepository.File) -> String {
        let path = String(decoding: (try? JSONEncoder().encode(file.path)) ?? Data(), as: UTF8.self)
        let size = file.listedSize ?? file.content.count
        guard file.isLarge else {
            let hash = file.listedHash ?? file.gitHash
            return #"{"type": "file", "oid": "\#(hash)", "size": \#(size), "path": \#(path)}"#
        }
        let hash = file.listedHash ?? file.largeHash
        return #"{"type": "file", "oid": "\#(file.gitHash)", "size": \#(size), "path": \#(path), "#
            + #""lfs": {"oid": "\#(hash)", "size": \#(size), "pointerSize": 134}}"#
    }

    private func resolve(_ parts: [String], _ request: StubRequest, _ fault: StubFault?) -> Response {
        guard parts.count >= 5, parts[2] == "resolve" else { return failure(404, "EntryNotFound", "Entry not found") }
        let (found, refusal) = repository(parts[0], parts[1], request)
        guard let found else { return refusal ?? Response(status: .notFound) }
        guard let file = found.file(parts[4...].joined(separator: "/")) else {
            return failure(404, "EntryNotFound", "Entry not found")
        }
        var headers = ["X-Repo-Commit": found.commit, "ETag": "\"\(file.gitHash)\"", "Accept-Ranges": "bytes"]
        guard file.isLarge else { return body(file, request, fault, headers) }
        headers["X-Linked-Size"] = String(file.content.count)
        headers["X-Linked-Etag"] = "\"\(file.largeHash)\""
        headers["Location"] = "\(storageAddress)/\(found.name)/\(file.path)?Signature=abc%2F123&Expires=1"
        return Response(status: .found, headers: fields(headers))
    }

    private func content(_ parts: [String], _ request: StubRequest, _ fault: StubFault?) -> Response {
        // A signed address and a token together are refused by the real storage.
        guard parts.count >= 3, request.headers["authorization"] == nil, request.query.contains("Signature=abc%2F123"),
            let found = state.withLock({ $0.repositories["\(parts[0])/\(parts[1])"] }),
            let file = found.file(parts[2...].joined(separator: "/"))
        else { return Response(status: .forbidden) }
        return body(file, request, fault, ["ETag": "\"storage\"", "Accept-Ranges": "bytes"])
    }

    // MARK: Bodies

    private func body(
        _ file: StubRepository.File, _ request: StubRequest, _ fault: StubFault?, _ headers: [String: String]
    ) -> Response {
        var headers = headers
        var (range, status) = (0..<file.content.count, 200)
        var ignoresRange = false
        if case .ignoreRange? = fault { ignoresRange = true }
        if let asked = request.range, !ignoresRange {
            guard asked.lowerBound < file.content.count else { return Response(status: .rangeNotSatisfiable) }
            range = asked.lowerBound..<min(asked.upperBound + 1, file.content.count)
            status = 206
            headers["Content-Range"] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.content.count)"
        }
        headers["Content-Length"] = String(range.count)
        headers["Content-Type"] = "application/octet-stream"
        if request.method == "HEAD" { return Response(status: .init(code: status), headers: fields(headers)) }
        let start = file.content.startIndex
        let bytes = file.content[start + range.lowerBound..<start + range.upperBound]
        var isOpen = false
        if case .excess? = fault { isOpen = true }
        if case .endless? = fault { isOpen = true }
        if isOpen { headers["Content-Length"] = nil }
        return Response(
            status: .init(code: status), headers: fields(headers),
            body: StubBody(bytes: bytes, fault: fault) { [weak self] count in
                self?.state.withLock { $0.sentBytes += count }
            }.responseBody(length: isOpen ? nil : range.count))
    }

    private func json(_ text: String, _ headers: [String: String]) -> Response {
        var fields = fields(headers)
        fields[.contentType] = "application/json; charset=utf-8"
        return Response(status: .ok, headers: fields, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private func failure(_ status: Int, _ code: String, _ message: String) -> Response {
        let headers = ["X-Error-Code": code, "X-Error-Message": message]
        return Response(status: .init(code: status), headers: fields(headers), body: .init())
    }

    private func fields(_ headers: [String: String]) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in headers { set(&fields, name, value) }
        return fields
    }

    private func set(_ fields: inout HTTPFields, _ name: String, _ value: String) {
        if let name = HTTPFields.Element.Name(name) { fields[name] = value }
    }
}
