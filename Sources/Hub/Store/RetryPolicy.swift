import Files
import Foundation

/// Something that went wrong on the way to a hub and may go right when it is tried again.
struct TransientFailure: Error {
    /// What happened, as a clause for an `InputError`: "found that …".
    let reason: String
    /// How long the server asked to wait.
    var retryAfter: Duration?
}

/// How often something is tried again, and how long is waited before.
struct RetryPolicy: Sendable {
    /// Failures in a row that end it.
    var attempts = 6
    /// The pause after the first failure; each further one is twice as long.
    var firstPause = Duration.milliseconds(500)
    /// The longest pause of our own choice.
    var longestPause = Duration.seconds(30)
    /// The longest pause that a server may ask for.
    var longestAskedPause = Duration.seconds(300)
    /// Waits; another one in tests.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// How long to wait after failure number `count`, from 1, in a row.
    ///
    /// A random part keeps clients that failed together from coming back together.
    /// - Throws: `InputError` if that was the last, or the server asks for a longer pause than anybody waits for.
    func pause(after failure: TransientFailure, count: Int, source: String) throws -> Duration {
        if let asked = failure.retryAfter, asked > longestAskedPause {
            throw gaveUp(
                failure, source, "try again in \(asked.components.seconds / 60 + 1) minutes, as the server asks")
        }
        guard count < attempts else {
            throw gaveUp(failure, source, "check the connection, and give the same command again to go on from here")
        }
        let own = min(longestPause, firstPause * (1 << min(count - 1, 20)))
        return max(failure.retryAfter ?? .zero, own * Double.random(in: 0.5...1))
    }

    private func gaveUp(_ failure: TransientFailure, _ source: String, _ advice: String) -> InputError {
        InputError(
            .unreadable, source: source, found: failure.reason, expected: "the file from the hub", advice: advice)
    }

    /// Does `body` until it succeeds; `waiting` is told about each pause.
    func run<Result: Sendable>(
        source: String, waiting: @Sendable (String, Duration) -> Void, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        for count in 1... {
            do {
                return try await body()
            } catch let failure as TransientFailure {
                let pause = try pause(after: failure, count: count, source: source)
                waiting(failure.reason, pause)
                try await sleep(pause)
            }
        }
        throw CancellationError()
    }

    /// What a `Retry-After` header asks for: seconds, or a date (RFC 9110 §10.2.3); `nil` for what is neither.
    static func retryAfter(_ text: String?, now: Date = Date()) -> Duration? {
        guard let text = text?.trimmingCharacters(in: .whitespaces), text.utf8.count <= 64 else { return nil }
        if let seconds = Int(text) { return seconds >= 0 ? .seconds(min(seconds, 1 << 31)) : nil }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = formatter.date(from: text) else { return nil }
        return .seconds(min(max(date.timeIntervalSince(now), 0), Double(1 << 31)))
    }
}
