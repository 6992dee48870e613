/// A pair of units of which the first is a whole multiple of the second.
struct UnitPair: Sendable {
    struct Unit: Sendable {
        /// "km"; the same as the plural where there is no short form.
        let symbol: String
        let singular: String
        let plural: String

        init(_ symbol: String, _ singular: String, _ plural: String? = nil) {
            (self.symbol, self.singular, self.plural) = (symbol, singular, plural ?? singular + "s")
        }

        /// "1 hour", "2 hours".
        func counted(_ count: Int) -> String { "\(count) \(count == 1 ? singular : plural)" }
    }

    let large: Unit
    let small: Unit
    let factor: Int
    /// The largest count of the large unit that is asked for.
    let most: Int

    var isPowerOfTen: Bool { [10, 100, 1000].contains(factor) }

    static let all = [
        UnitPair(large: .init("km", "kilometer"), small: .init("m", "meter"), factor: 1000, most: 99),
        UnitPair(large: .init("m", "meter"), small: .init("cm", "centimeter"), factor: 100, most: 250),
        UnitPair(large: .init("cm", "centimeter"), small: .init("mm", "millimeter"), factor: 10, most: 500),
        UnitPair(large: .init("kg", "kilogram"), small: .init("g", "gram"), factor: 1000, most: 99),
        UnitPair(large: .init("t", "ton"), small: .init("kg", "kilogram"), factor: 1000, most: 99),
        UnitPair(large: .init("l", "liter"), small: .init("ml", "milliliter"), factor: 1000, most: 99),
        UnitPair(large: .init("GB", "gigabyte"), small: .init("MB", "megabyte"), factor: 1000, most: 99),
        UnitPair(large: .init("h", "hour"), small: .init("min", "minute"), factor: 60, most: 60),
        UnitPair(large: .init("min", "minute"), small: .init("s", "second"), factor: 60, most: 60),
        UnitPair(large: .init("days", "day"), small: .init("h", "hour"), factor: 24, most: 30),
        UnitPair(large: .init("weeks", "week"), small: .init("days", "day"), factor: 7, most: 60),
        UnitPair(large: .init("years", "year"), small: .init("months", "month"), factor: 12, most: 50),
        UnitPair(large: .init("dozen", "dozen", "dozen"), small: .init("pieces", "piece"), factor: 12, most: 30),
        UnitPair(large: .init("ft", "foot", "feet"), small: .init("in", "inch", "inches"), factor: 12, most: 60),
        UnitPair(large: .init("yd", "yard"), small: .init("ft", "foot", "feet"), factor: 3, most: 200),
    ]
}
