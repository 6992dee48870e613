import Generation
import Testing

@testable import Serving

@Suite struct MetricsTests {
    @Test func writesFigures() {
        let metrics = ServerMetrics()
        metrics.add("POST", 200)
        metrics.add("BREW", 405)
        var statistics = EngineStatistics()
        (statistics.promptTokens, statistics.generatedTokens, statistics.waiting) = (7, 5, 2)
        let text = metrics.text([(model: "a\"b\\c\nd", statistics: statistics)], connections: 3)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.contains(#"isobath_http_requests_total{method="POST",status="200"} 1"#))
        #expect(lines.contains(#"isobath_http_requests_total{method="other",status="405"} 1"#))
        #expect(lines.contains(#"isobath_prompt_tokens_total{model="a\"b\\c\nd"} 7"#))
        #expect(lines.contains(#"isobath_first_token_seconds_bucket{model="a\"b\\c\nd",le="+Inf"} 0"#))
        #expect(lines.contains("isobath_connections 3"))
        // Every family is described before its samples, and no line is anything else.
        for line in lines where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /(isobath|process)_[a-z_]+(\{.*\})? [0-9.e+-]+/) != nil, "\(line)")
        }
    }
}
