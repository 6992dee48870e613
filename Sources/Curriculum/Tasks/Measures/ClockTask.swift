import Generation

/// Times of day: later, earlier, how long between, and the two ways to write them.
struct ClockTask: ExerciseTask {
    let name = "times"

    func exercise(_ random: inout RandomSource) -> Exercise {
        switch random.pick(weighted: [(3, 0), (2, 1), (3, 2), (1, 3)]) {
        case 0: return later(&random)
        case 1: return earlier(&random)
        case 2: return between(&random)
        default: return rewritten(&random)
        }
    }

    private typealias Time = (hours: Int, minutes: Int)

    private static func text(_ time: Time) -> String { "\(time.hours):\(time.minutes.padded(2))" }

    private static func time(_ random: inout RandomSource) -> Time {
        (random.below(24), random.chance(0.6) ? 5 * random.below(12) : random.below(60))
    }

    /// "3 hours and 45 minutes", one of them possibly missing.
    private static func duration(_ random: inout RandomSource) -> (value: Time, text: String) {
        var value: Time = (random.below(12), random.chance(0.6) ? 5 * random.below(12) : random.below(60))
        if random.chance(0.3) { value.hours = 0 }
        if value == (0, 0) { value.minutes = 30 }
        return (value, words(value, joint: " and "))
    }

    private static func words(_ duration: Time, joint: String) -> String {
        let hours = duration.hours > 0 ? ["\(duration.hours) hour\(duration.hours == 1 ? "" : "s")"] : []
        let minutes = duration.minutes > 0 ? ["\(duration.minutes) minute\(duration.minutes == 1 ? "" : "s")"] : []
        return (hours + minutes).joined(separator: joint)
    }

    private func later(_ random: inout RandomSource) -> Exercise {
        let start = Self.time(&random)
        let (duration, words) = Self.duration(&random)
        var steps = Steps()
        var minutes = start.minutes + duration.minutes
        steps.add("\(start.minutes)+\(duration.minutes)=\(minutes)")
        let carry = minutes > 59 ? 1 : 0
        if carry > 0 {
            steps.add("\(minutes)-60=\(minutes - 60)")
            minutes -= 60
        }
        var hours = start.hours + duration.hours + carry
        steps.add("\(start.hours)+\(duration.hours)\(carry > 0 ? "+1" : "")=\(hours)")
        if hours > 23 {
            steps.add("\(hours)-24=\(hours - 24)")
            hours -= 24
        }
        let (from, answer) = (Self.text(start), Self.text((hours, minutes)))
        steps.add(answer)
        return Exercise(
            prompt: random.wording([
                "What time is it \(words) after \(from)?", "It is \(from). What time is it in \(words)?",
                "A train leaves at \(from) and travels for \(words). When does it arrive?",
                "What is \(from) plus \(words)?", "A film starts at \(from) and lasts \(words). When does it end?",
                "Now it is \(from). Which time will it be \(words) later?",
            ]), thought: steps.text, answer: answer, content: "\(from) + \(words)")
    }

    private func earlier(_ random: inout RandomSource) -> Exercise {
        let end = Self.time(&random)
        let (duration, words) = Self.duration(&random)
        var steps = Steps()
        let (minutes, borrow) = Self.minutes(end.minutes, duration.minutes, &steps)
        var hours = end.hours - duration.hours - borrow
        let wraps = hours < 0
        hours += wraps ? 24 : 0
        steps.add("\(end.hours)-\(duration.hours)\(borrow > 0 ? "-1" : "")\(wraps ? "+24" : "")=\(hours)")
        let (to, answer) = (Self.text(end), Self.text((hours, minutes)))
        steps.add(answer)
        return Exercise(
            prompt: random.wording([
                "What time was it \(words) before \(to)?", "It is \(to). What time was it \(words) ago?",
                "A train arrives at \(to) after \(words). When did it leave?", "What is \(to) minus \(words)?",
                "A film of \(words) ended at \(to). When did it start?",
            ]), thought: steps.text, answer: answer, content: "\(to) - \(words)")
    }

    private func between(_ random: inout RandomSource) -> Exercise {
        var (start, end) = (Self.time(&random), Self.time(&random))
        if start == end { end = start.hours < 23 ? (start.hours + 1, start.minutes) : (0, start.minutes) }
        if start > end { swap(&start, &end) }
        var steps = Steps()
        let (minutes, borrow) = Self.minutes(end.minutes, start.minutes, &steps)
        let hours = end.hours - start.hours - borrow
        steps.add("\(end.hours)-\(start.hours)\(borrow > 0 ? "-1" : "")=\(hours)")
        let (from, to) = (Self.text(start), Self.text(end))
        let answer = Self.words((hours, minutes), joint: " ")
        steps.add(answer)
        return Exercise(
            prompt: random.wording([
                "How long is it from \(from) to \(to)?", "How much time passes between \(from) and \(to)?",
                "A shop is open from \(from) to \(to). How long is that?",
                "A bus leaves at \(from) and arrives at \(to). How long does it take?",
                "How many hours and minutes are there from \(from) until \(to)?",
            ]), thought: steps.text, answer: answer, content: "\(from) to \(to)")
    }

    /// a − b minutes, with an hour borrowed where it takes one.
    private static func minutes(_ a: Int, _ b: Int, _ steps: inout Steps) -> (minutes: Int, borrow: Int) {
        let borrow = a < b ? 1 : 0
        let minutes = a - b + 60 * borrow
        steps.add("\(a)-\(b)\(borrow > 0 ? "+60" : "")=\(minutes)")
        return (minutes, borrow)
    }

    private func rewritten(_ random: inout RandomSource) -> Exercise {
        let time = Self.time(&random)
        let isAfternoon = time.hours > 11
        let (long, mark) = (Self.text(time), isAfternoon ? "pm" : "am")
        var (hour, step) = (time.hours, "")
        if time.hours == 0 { (hour, step) = (12, "0+12=12") }
        if time.hours > 12 { (hour, step) = (time.hours - 12, "\(time.hours)-12=\(time.hours - 12)") }
        let short = "\(Self.text((hour, time.minutes))) \(mark)"
        if random.chance(0.5) {
            let comparison = isAfternoon ? "\(time.hours) is 12 or more: pm" : "\(time.hours) is below 12: am"
            return Exercise(
                prompt: random.wording([
                    "What is \(long) with am or pm?", "Write \(long) in 12-hour time.",
                    "What is \(long) on a 12-hour clock?",
                    "Convert \(long) to am or pm.",
                ]), thought: [comparison, step, short].filter { !$0.isEmpty }.joined(separator: "\n"), answer: short,
                content: long)
        }
        let back =
            isAfternoon && hour < 12 ? "\(hour)+12=\(time.hours)" : !isAfternoon && hour == 12 ? "12-12=0" : "\(hour)"
        return Exercise(
            prompt: random.wording([
                "What is \(short) in 24-hour time?", "Write \(short) on a 24-hour clock.",
                "Convert \(short) to 24-hour time.", "Which time of a 24-hour clock is \(short)?",
            ]), thought: "\(mark)\n\(back)\n\(long)", answer: long, content: long)
    }
}
