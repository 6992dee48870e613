import Generation

/// Conversions between units.
struct UnitTask: ExerciseTask {
    let name = "units"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let pair = random.pick(UnitPair.all)
        switch random.pick(weighted: [(3, 0), (3, 1), (1, 2), (1, 3)]) {
        case 0: return toSmall(pair, &random)
        case 1: return toLarge(pair, &random)
        case 2: return joined(pair, &random)
        default: return split(pair, &random)
        }
    }

    /// 7 km in m.
    private func toSmall(_ pair: UnitPair, _ random: inout RandomSource) -> Exercise {
        let count = random.number(2...pair.most)
        var steps = Self.fact(pair)
        let result = Self.product(count, pair, &steps)
        let names = Self.names(pair, &random)
        steps.add("\(result) \(names.small)")
        return Exercise(
            prompt: random.wording(Self.forms("\(count)", names.large, names.small)), thought: steps.text,
            answer: "\(result) \(names.small)", content: "\(count) \(pair.large.plural) in \(pair.small.plural)")
    }

    /// 7000 m in km.
    private func toLarge(_ pair: UnitPair, _ random: inout RandomSource) -> Exercise {
        let count = random.number(2...pair.most)
        let small = count * pair.factor
        var steps = Self.fact(pair)
        if pair.isPowerOfTen {
            steps.add("\(small)/\(pair.factor)=\(count)")
        } else {
            _ = steps.quotient(small, pair.factor)
        }
        let names = Self.names(pair, &random)
        steps.add("\(count) \(names.large)")
        return Exercise(
            prompt: random.wording(Self.forms("\(small)", names.small, names.large)), thought: steps.text,
            answer: "\(count) \(names.large)", content: "\(small) \(pair.small.plural) in \(pair.large.plural)")
    }

    /// 3 h 20 min in min.
    private func joined(_ pair: UnitPair, _ random: inout RandomSource) -> Exercise {
        let (large, small) = (random.number(1...min(pair.most, 12)), random.number(1...pair.factor - 1))
        var steps = Self.fact(pair)
        let product = Self.product(large, pair, &steps)
        let result = steps.sum(product, small)
        steps.add("\(result) \(pair.small.plural)")
        let text = "\(pair.large.counted(large)) and \(pair.small.counted(small))"
        return Exercise(
            prompt: random.wording([
                "How many \(pair.small.plural) are \(text)?", "Convert \(text) to \(pair.small.plural).",
                "What is \(text) in \(pair.small.plural)?", "\(text) in \(pair.small.plural)",
                "Express \(text) in \(pair.small.plural).",
            ]), thought: steps.text, answer: "\(result) \(pair.small.plural)", content: text)
    }

    /// 200 min in h and min.
    private func split(_ pair: UnitPair, _ random: inout RandomSource) -> Exercise {
        let (large, small) = (random.number(1...min(pair.most, 9)), random.number(1...pair.factor - 1))
        let whole = large * pair.factor + small
        var steps = Self.fact(pair)
        steps.add("\(whole)=\(pair.factor)*\(large)+\(small)")
        let answer = "\(pair.large.counted(large)) \(pair.small.counted(small))"
        steps.add(answer)
        let (larges, smalls) = (pair.large.plural, pair.small.plural)
        return Exercise(
            prompt: random.wording([
                "How many \(larges) and \(smalls) are \(whole) \(smalls)?",
                "Convert \(whole) \(smalls) to \(larges) and \(smalls).",
                "What is \(whole) \(smalls) in \(larges) and \(smalls)?",
                "\(whole) \(smalls) in \(larges) and \(smalls)",
                "Express \(whole) \(smalls) in \(larges) and \(smalls).",
            ]), thought: steps.text, answer: answer, content: "split \(whole) \(smalls)")
    }

    /// "1 hour is 60 minutes".
    private static func fact(_ pair: UnitPair) -> Steps {
        var steps = Steps()
        steps.add("\(pair.large.counted(1)) is \(pair.small.counted(pair.factor))")
        return steps
    }

    private static func product(_ count: Int, _ pair: UnitPair, _ steps: inout Steps) -> Int {
        guard pair.isPowerOfTen else { return steps.product(count, pair.factor) }
        steps.add("\(count)*\(pair.factor)=\(count * pair.factor)")
        return count * pair.factor
    }

    /// Both in short, or both in full.
    private static func names(_ pair: UnitPair, _ random: inout RandomSource) -> (large: String, small: String) {
        random.chance(0.4) ? (pair.large.symbol, pair.small.symbol) : (pair.large.plural, pair.small.plural)
    }

    private static func forms(_ count: String, _ from: String, _ to: String) -> [String] {
        [
            "How many \(to) are \(count) \(from)?", "How many \(to) are in \(count) \(from)?",
            "Convert \(count) \(from) to \(to).", "What is \(count) \(from) in \(to)?", "\(count) \(from) in \(to)",
            "Convert \(count) \(from) into \(to), please.", "Express \(count) \(from) in \(to).",
            "\(count) \(from) = ? \(to)", "Turn \(count) \(from) into \(to).",
        ]
    }
}
