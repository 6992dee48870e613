import Files

/// Brings the missing bytes of one file over several connections, and again where they break.
struct BlobFetcher: Sendable {
    let client: HubClient
    let settings: HubSettings
    let reference: ModelReference
    let commit: String
    let download: BlobDownload
    /// Is told what goes wrong, and for how long the hub is left alone then.
    let waiting: @Sendable (String, Duration) -> Void

    private var file: RepositoryFile { download.file }

    /// The server sends whole files only.
    private struct RangesIgnored: Error {}

    /// Returns when nothing is missing any more.
    /// - Throws: `InputError` if it cannot be brought, `CancellationError` if the task was cancelled.
    func run() async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<settings.connections { group.addTask { try await bringBlocks() } }
                // Unlike `waitForAll`, this ends with the first that fails, and ends the others.
                while try await group.next() != nil {}
            }
        } catch is RangesIgnored {
            try await bringWhole()
        }
    }

    private func bringBlocks() async throws {
        while let span = await download.claim(atMost: settings.blocksPerRequest, connections: settings.connections) {
            var position = span.lowerBound
            try await persist { try await stream(span, from: &position) }
        }
    }

    /// The file from its start on, of which what is there already is passed over.
    private func bringWhole() async throws {
        try await persist {
            var position = 0
            return try await stream(0..<file.byteCount, from: &position, whole: true)
        }
    }

    /// Calls `step` until it is done. Each call brings some bytes; failures count in a row, and one after which a good
    /// part of a block has come begins a new row. As a file's bytes are finite, so is this, whatever the server does.
    private func persist(_ step: () async throws -> StreamEnd) async throws {
        var failures = 0
        while case .broken(let failure, let received) = try await step() {
            failures = received >= settings.blockBytes / 16 ? 1 : failures + 1
            let pause = try settings.retry.pause(after: failure, count: failures, source: file.path.text)
            waiting(failure.reason, pause)
            try await settings.retry.sleep(pause)
        }
    }

    private enum StreamEnd {
        case complete
        case broken(TransientFailure, received: Int)
    }

    /// Writes what comes for the part of `span` that begins at `position`, and moves `position` on.
    private func stream(
        _ span: Range<Int>, from position: inout Int, whole: Bool = false
    ) async throws -> StreamEnd {
        let missing = await download.missingBytes
        let start = position
        do {
            let response = try await open(whole ? nil : position..<span.upperBound)
            var pace = Pace(settings.stallTimeout)
            for try await chunk in response.body {
                guard chunk.readableBytes <= span.upperBound - position else { throw tooMuch(response.address) }
                try await download.write(chunk.readableBytesView, at: position)
                position += chunk.readableBytes
                try pace.check(chunk.readableBytes, response.address)
            }
            guard position == span.upperBound else { throw cutOff(response.address, span, position) }
            return .complete
        } catch let error as RangesIgnored {
            throw error
        } catch {
            let failure = HubClient.failure(error, client.endpoint)
            guard let transient = failure as? TransientFailure else { throw failure }
            let brought = whole ? missing - (await download.missingBytes) : position - start
            return .broken(transient, received: brought)
        }
    }

    // MARK: Requests

    /// Opens the file at `range`, or as a whole, where the hub had sent the client before, or by asking the hub.
    private func open(_ range: Range<Int>?) async throws -> HubResponse {
        if let location = await download.location {
            let response = try await client.get(location, range: range)
            // Such addresses are signed and expire.
            if !(400...499).contains(response.status) || response.status == 429 { return try checked(response, range) }
            await download.remember(nil)
        }
        let name = [reference.repository.owner, reference.repository.name, "resolve", commit]
        let address = client.endpoint.appending(name + file.path.components)
        let response = try checked(try await client.get(address, range: range), range)
        if response.address != address { await download.remember(response.address) }
        return response
    }

    private func checked(_ response: HubResponse, _ range: Range<Int>?) throws -> HubResponse {
        try HubAnswer.check(response, reference, endpoint: client.endpoint)
        try requireSameFile(response.headers)
        guard let range else { return response }
        if response.status == 200 {
            guard range == 0..<file.byteCount else { throw RangesIgnored() }
            return response
        }
        let expected = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.byteCount)"
        guard response.status == 206, response.headers["content-range"] == expected else {
            throw contradiction("Content-Range", response.headers["content-range"] ?? "none", expected)
        }
        return response
    }

    /// What the hub says about the file it sends must be what its list says.
    private func requireSameFile(_ headers: [String: String]) throws {
        if let found = headers["x-repo-commit"], found != commit { throw contradiction("X-Repo-Commit", found, commit) }
        if let found = headers["x-linked-size"], found != String(file.byteCount) {
            throw contradiction("X-Linked-Size", found, String(file.byteCount))
        }
        if let found = headers["x-linked-etag"]?.filter({ $0 != "\"" }), found != file.digest.text {
            throw contradiction("X-Linked-Etag", found, file.digest.text)
        }
    }

    // MARK: What can be wrong

    private func contradiction(_ header: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: file.path.text, field: header, found: "found \(printable(found, limit: 100))",
            expected: expected, advice: "pull again; if it happens again, use another hub with --endpoint")
    }

    private func tooMuch(_ address: HubAddress) -> InputError {
        InputError(
            .overflow, source: file.path.text, found: "found that \(address.origin.host) sends more than was asked for",
            expected: "\(file.byteCount) bytes in all", advice: "use another hub with --endpoint")
    }

    private func cutOff(_ address: HubAddress, _ span: Range<Int>, _ position: Int) -> TransientFailure {
        TransientFailure(
            reason: "found that \(address.origin.host) ends \(span.upperBound - position) bytes before the end")
    }
}

/// Notices a connection that sends a few bytes now and then only.
private struct Pace {
    /// Fewer bytes than these in one window are as good as none.
    private static let least = 1024

    private let window: Duration
    private var start = ContinuousClock.now
    private var byteCount = 0

    init(_ window: Duration) { self.window = window }

    mutating func check(_ received: Int, _ address: HubAddress) throws {
        byteCount += received
        let now = ContinuousClock.now
        guard now - start >= window else { return }
        guard byteCount >= Pace.least else {
            throw TransientFailure(reason: "found that \(address.origin.host) sends \(byteCount) bytes in \(window)")
        }
        (start, byteCount) = (now, 0)
    }
}
