import Files

/// Refuses numbers of an option of `isobath bench` that make no sense.
/// - Parameter what: how they came about, before "found".
/// - Throws: `InputError` for the first of `values` that is not in `range`.
func checkOption(_ option: String, _ values: [Int], in range: ClosedRange<Int>, _ what: String = "") throws {
    guard let stray = values.first(where: { !range.contains($0) }) else { return }
    throw InputError(
        .invalidValue, source: "command line", field: option, found: "\(what)found \(stray)",
        expected: "a number from \(range.lowerBound) to \(range.upperBound)", advice: "correct the option")
}
