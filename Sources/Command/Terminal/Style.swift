import Foundation

/// Dim and bold text, where the reader is a terminal that wants it.
struct Style: Sendable {
    let isEnabled: Bool

    init(isEnabled: Bool) { self.isEnabled = isEnabled }

    /// Enabled if `descriptor` is a terminal, `NO_COLOR` (no-color.org) is unset or empty, and `TERM` is not `dumb`.
    init(descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.init(isEnabled: isatty(descriptor) == 1 && Style.isWanted(environment))
    }

    static func isWanted(_ environment: [String: String]) -> Bool {
        (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    func dim(_ text: String) -> String { styled(text, "2") }
    func bold(_ text: String) -> String { styled(text, "1") }

    /// Each line is styled by itself, so that a cut in between leaves no style behind.
    private func styled(_ text: String, _ code: String) -> String {
        guard isEnabled else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : "\u{1B}[\(code)m\($0)\u{1B}[0m" }
            .joined(separator: "\n")
    }
}
