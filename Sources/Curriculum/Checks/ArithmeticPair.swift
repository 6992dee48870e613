/// Two whole numbers and the sign between them, wherever they stand: what arithmetic tasks hold out.
struct ArithmeticPair: Equatable {
    let first: Int
    /// One of + - * /
    let sign: Character
    let second: Int

    init(_ first: Int, _ sign: Character, _ second: Int) {
        (self.first, self.sign, self.second) = (first, sign, second)
    }

    /// The task that asks for such pairs.
    var task: String {
        let isLong = max(first, second) > 9999
        switch sign {
        case "+": return isLong ? "long-addition" : "addition"
        case "-": return isLong ? "long-subtraction" : "subtraction"
        case "*": return max(first, second) > 99 ? "long-multiplication" : "multiplication"
        default: return "division"
        }
    }

    /// What is held out or not: the pair, in either order where the order does not matter. `nil` for what is never held out: the tables up
    /// to 12, zeros, and quotients that no task asks for.
    var content: String? {
        let (low, high) = (min(first, second), max(first, second))
        switch sign {
        case "/": return first <= 144 || !(2...12).contains(second) ? nil : "\(first) \(second)"
        case "*": return low < 2 || high <= 12 ? nil : "\(low) \(high)"
        default: return low < 2 || high <= 12 ? nil : "\(low) \(high)"
        }
    }

    /// Powers of ten as factors and divisors only move digits: they are never held out.
    var movesDigits: Bool {
        "*/".contains(sign) && ([10, 100, 1000].contains(first) || [10, 100, 1000].contains(second))
    }

    /// Whether none of the pairs in `text` is held out from `split`.
    static func areFree(in text: String, for split: Split) -> Bool {
        found(in: text).allSatisfy { pair in
            if pair.movesDigits { return true }
            let own = Split(task: pair.task, content: pair.content)
            return own == split || own == .training
        }
    }

    /// The pairs in `text`: digits, a sign, possibly between spaces, and digits.
    static func found(in text: String) -> [ArithmeticPair] {
        let bytes = Array(text.utf8)
        var (pairs, place) = ([ArithmeticPair](), 0)
        while place < bytes.count {
            guard isDigit(bytes[place]) else {
                place += 1
                continue
            }
            let (first, end) = number(bytes, place)
            if let (sign, start) = sign(bytes, end), let first, let second = number(bytes, start).value {
                pairs.append(ArithmeticPair(first, sign, second))
            }
            place = end
        }
        return pairs
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    /// The digits from `start` on, as a number unless there are too many.
    private static func number(_ bytes: [UInt8], _ start: Int) -> (value: Int?, end: Int) {
        var (end, value) = (start, 0)
        while end < bytes.count, isDigit(bytes[end]) {
            if end - start < 15 { value = 10 * value + Int(bytes[end] - UInt8(ascii: "0")) }
            end += 1
        }
        return (end - start <= 15 ? value : nil, end)
    }

    /// The sign that follows, and where the digits behind it begin.
    private static func sign(_ bytes: [UInt8], _ start: Int) -> (Character, Int)? {
        var place = start
        func skipSpace() { if place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 } }
        skipSpace()
        guard place < bytes.count, "+-*/".utf8.contains(bytes[place]) else { return nil }
        let sign = Character(UnicodeScalar(bytes[place]))
        place += 1
        // Python's // is a quotient too.
        if sign == "/", place < bytes.count, bytes[place] == UInt8(ascii: "/") { place += 1 }
        skipSpace()
        return place < bytes.count && isDigit(bytes[place]) ? (sign, place) : nil
    }
}
