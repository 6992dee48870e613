import Generation
import Synchronization

/// Counts what the server answers, and writes that and what its engines do as Prometheus reads it (text format 0.0.4).
final class ServerMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let status: Int
    }

    private let requests = Mutex<[Key: Int]>([:])

    /// Counts a request that was answered. Any word can stand for a method; only those that the server knows are counted by name.
    func add(_ method: String, _ status: Int) {
        let method = ["GET", "HEAD", "POST", "OPTIONS"].contains(method) ? method : "other"
        requests.withLock { $0[Key(method: method, status: status), default: 0] += 1 }
    }

    /// All figures.
    func text(_ engines: [(model: String, statistics: EngineStatistics)], connections: Int) -> String {
        var text = MetricsText()
        let requests = requests.withLock { $0 }
        text.family("isobath_http_requests_total", "counter", "Requests answered.")
        for (key, count) in requests.sorted(by: { ($0.key.method, $0.key.status) < ($1.key.method, $1.key.status) }) {
            text.sample(
                "isobath_http_requests_total", [("method", key.method), ("status", String(key.status))], Double(count))
        }
        text.family("isobath_connections", "gauge", "Connections that are open.")
        text.sample("isobath_connections", [], Double(connections))
        if let memory = residentMemory() {
            text.family("process_resident_memory_bytes", "gauge", "Memory that the process has.")
            text.sample("process_resident_memory_bytes", [], Double(memory))
        }
        for figure in ServerMetrics.figures {
            text.family("isobath_" + figure.name, figure.isCounter ? "counter" : "gauge", figure.help)
            for (model, statistics) in engines {
                text.sample("isobath_" + figure.name, [("model", model)], Double(statistics[keyPath: figure.value]))
            }
        }
        for figure in ServerMetrics.histograms {
            text.family("isobath_" + figure.name, "histogram", figure.help)
            for (model, statistics) in engines {
                text.histogram("isobath_" + figure.name, model, statistics[keyPath: figure.value])
            }
        }
        return text.text
    }

    /// A number of each engine's.
    private struct Figure: Sendable {
        let name: String
        let help: String
        let isCounter: Bool
        let value: KeyPath<EngineStatistics, Int> & Sendable

        init(_ name: String, _ help: String, isCounter: Bool, _ value: KeyPath<EngineStatistics, Int> & Sendable) {
            (self.name, self.help, self.isCounter, self.value) = (name, help, isCounter, value)
        }
    }

    private static let figures: [Figure] = [
        Figure("requests_waiting", "Requests that wait for a slot.", isCounter: false, \.waiting),
        Figure("sequences_active", "Sequences that are read or written.", isCounter: false, \.active),
        Figure("cache_bytes", "Bytes of keys and values.", isCounter: false, \.cacheBytes),
        Figure("cache_kept_bytes", "Those kept for later requests.", isCounter: false, \.keptBytes),
        Figure("cache_limit_bytes", "The most bytes of keys and values.", isCounter: false, \.cacheByteLimit),
        Figure("cache_disk_bytes", "Bytes of keys and values on disk.", isCounter: false, \.storedBytes),
        Figure("requests_accepted_total", "Requests that were taken on.", isCounter: true, \.accepted),
        Figure("requests_refused_total", "Requests refused, as too many waited.", isCounter: true, \.refused),
        Figure("requests_completed_total", "Requests that ended by themselves.", isCounter: true, \.completed),
        Figure("requests_cancelled_total", "Requests given up by who asked.", isCounter: true, \.cancelled),
        Figure("requests_failed_total", "Requests that failed.", isCounter: true, \.failed),
        Figure("steps_total", "Steps of the model.", isCounter: true, \.steps),
        Figure("prompt_tokens_total", "Tokens of prompts.", isCounter: true, \.promptTokens),
        Figure("prompt_tokens_remembered_total", "Those found in memory.", isCounter: true, \.rememberedTokens),
        Figure("prompt_tokens_restored_total", "Those found on disk.", isCounter: true, \.restoredTokens),
        Figure("generated_tokens_total", "Tokens of answers.", isCounter: true, \.generatedTokens),
    ]

    /// A distribution of each engine's.
    private struct Distribution: Sendable {
        let name: String
        let help: String
        let value: KeyPath<EngineStatistics, Histogram> & Sendable
    }

    private static let histograms: [Distribution] = [
        Distribution(name: "queue_seconds", help: "Seconds that requests waited for a slot.", value: \.queueSeconds),
        Distribution(
            name: "first_token_seconds", help: "Seconds from a request to its first token.", value: \.firstTokenSeconds),
        Distribution(name: "token_seconds", help: "Seconds from each token to the next.", value: \.tokenSeconds),
        Distribution(name: "request_seconds", help: "Seconds from a request to its end.", value: \.requestSeconds),
        Distribution(name: "batch_size", help: "Sequences written in a step.", value: \.sequencesPerStep),
    ]
}
