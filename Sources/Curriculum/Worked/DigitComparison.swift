/// Which of two numbers is larger: digits from the left, in pairs with a sign behind, until two differ.
///
///     4521 4580
///     44= 55= 28<
struct DigitComparison {
    enum Order: String {
        case less = "<"
        case equal = "="
        case greater = ">"
    }

    /// Both numbers, the shorter with zeros in front.
    let header: String
    let line: String
    let order: Order

    /// - Precondition: neither is negative.
    init(_ a: Int, _ b: Int, separator: String = " ") {
        let columns = DigitColumns(a, b)
        header = columns.text(separator)
        var (pairs, order) = ([String](), Order.equal)
        for place in (0..<columns.width).reversed() where order == .equal {
            let (upper, lower) = (columns.upper[place], columns.lower[place])
            order = upper < lower ? .less : upper == lower ? .equal : .greater
            pairs.append("\(upper)\(lower)\(order.rawValue)")
        }
        line = pairs.joined(separator: " ")
        self.order = order
    }
}
