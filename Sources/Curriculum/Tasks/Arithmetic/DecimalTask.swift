import Generation

/// Sums and differences of decimal numbers: the points come under each other, and are left out while it is counted.
struct DecimalTask: ExerciseTask {
    let name = "decimals"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let isSum = random.chance(0.6)
        let (whole, places) = (random.number(1...3), [random.number(0...2), random.number(1...2)])
        let hundredths = random.shuffled(places).map { Self.hundredths(digits: whole, places: $0, &random) }
        let (a, b) = isSum ? (hundredths[0], hundredths[1]) : (hundredths.max() ?? 0, hundredths.min() ?? 0)
        let sign: Character = isSum ? "+" : "-"
        var steps = Steps()
        steps.add("\(Self.full(a))\(sign)\(Self.full(b))")
        let work = isSum ? ColumnAddition(a, b).lines : ColumnSubtraction(a, b).lines
        steps.add(work)
        let result = isSum ? a + b : a - b
        let answer = Self.short(result)
        steps.add(Self.full(result))
        if answer != Self.full(result) { steps.add(answer) }
        let (first, second) = (Self.short(a), Self.short(b))
        let word = isSum ? "plus" : "minus"
        return Exercise(
            prompt: random.wording([
                "What is \(first) \(sign) \(second)?", "\(first) \(sign) \(second)", "\(first)\(sign)\(second)",
                "\(first) \(sign) \(second) =", "Calculate \(first) \(sign) \(second).",
                "How much is \(first) \(word) \(second)?",
                "What is \(first) \(word) \(second)?", "Work out \(first) \(sign) \(second).",
                "Compute \(first) \(sign) \(second).",
            ]), thought: steps.text, answer: answer, content: "\(first)\(sign)\(second)")
    }

    /// A number of up to `digits` digits before the point and exactly `places` behind it, in hundredths: with places it is no whole
    /// number, so that not both are and ask what `addition` asks.
    private static func hundredths(digits: Int, places: Int, _ random: inout RandomSource) -> Int {
        let step = [100, 10, 1][places]
        let most = ([10, 100, 1000][digits - 1] * 100 - 1) / step
        guard places > 0 else { return random.number(1...most) * step }
        let tens = random.number(0...most / 10)
        return (10 * tens + random.number(1...9)) * step
    }

    /// With two places: 3.50
    static func full(_ hundredths: Int) -> String { "\(hundredths / 100).\((hundredths % 100).padded(2))" }

    /// With as few places as it takes: 3.5
    static func short(_ hundredths: Int) -> String {
        let text = full(hundredths)
        return text.hasSuffix(".00") ? String(text.dropLast(3)) : text.hasSuffix("0") ? String(text.dropLast()) : text
    }
}
