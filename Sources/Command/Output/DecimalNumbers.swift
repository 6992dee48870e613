/// The numbers of `values` in decimal digits, with `separator` between them, as UTF-8: without a string for each, as there
/// may be millions.
func decimalNumbers(_ values: [Int32], separator: UInt8) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(values.count * 7)
    for (index, value) in values.enumerated() {
        if index > 0 { text.append(separator) }
        if value < 0 { text.append(UInt8(ascii: "-")) }
        let first = text.count
        var rest = value.magnitude
        repeat {
            text.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        // In place: to reverse a slice would copy it.
        var (left, right) = (first, text.count - 1)
        while left < right {
            text.swapAt(left, right)
            (left, right) = (left + 1, right - 1)
        }
    }
    return text
}
