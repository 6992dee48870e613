import Foundation

extension Estimate {
    /// "12.346 ± 0.050", both with as many digits behind the point.
    package func text(digits: Int) -> String {
        String(format: "%.\(digits)f ± %.\(digits)f", value, error)
    }

    /// Both to two digits of the error; `nil` where none is known.
    package var shortText: String? {
        guard error > 0, error.isFinite else { return nil }
        return text(digits: min(max(1 - Int(log10(error).rounded(.down)), 0), 8))
    }

    /// "98.4 ± 0.8 %", of a share.
    package func percentText(digits: Int) -> String {
        Estimate(value: 100 * value, error: 100 * error).text(digits: digits) + " %"
    }
}
