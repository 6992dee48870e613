import Generation

/// Days later and earlier, days between, weekdays and leap years.
struct DateTask: ExerciseTask {
    let name = "dates"

    func exercise(_ random: inout RandomSource) -> Exercise {
        switch random.pick(weighted: [(3, 0), (2, 1), (2, 2), (3, 3), (1, 4)]) {
        case 0: return later(&random)
        case 1: return earlier(&random)
        case 2: return between(&random)
        case 3: return weekday(&random)
        default: return leap(&random)
        }
    }

    /// Month and day; the year only counts where February is passed.
    private struct Day {
        var month: Int
        var day: Int
        var year: Int
        var text: String { "\(Gregorian.months[month]) \(day)" }
        var length: Int { Gregorian.length(month, of: year) }

        static func drawn(_ random: inout RandomSource) -> Day {
            var drawn = Day(month: random.below(12), day: 1, year: random.number(1950...2060))
            drawn.day = random.number(1...drawn.length)
            return drawn
        }

        mutating func forward() { (month, year) = month == 11 ? (0, year + 1) : (month + 1, year) }
        mutating func backward() { (month, year) = month == 0 ? (11, year - 1) : (month - 1, year) }
    }

    /// "March has 31"; of a February, why.
    private static func length(_ day: Day, _ steps: inout Steps) -> Int {
        if day.month == 1 { steps.add(Gregorian.leapStep(day.year)) }
        steps.add("\(Gregorian.months[day.month]) has \(day.length)")
        return day.length
    }

    /// With the year where it matters, and now and then where it does not.
    private static func text(_ day: Day, _ random: inout RandomSource, needsYear: Bool) -> String {
        needsYear || random.chance(0.3) ? "\(day.text), \(day.year)" : day.text
    }

    private func later(_ random: inout RandomSource) -> Exercise {
        let start = Day.drawn(&random)
        let count = random.number(1...60)
        var (end, steps) = (start, Steps())
        end.day += count
        steps.add("\(start.day)+\(count)=\(end.day)")
        var passed = [start.month]
        while end.day > Self.length(end, &steps) {
            steps.add("\(end.day)-\(end.length)=\(end.day - end.length)")
            end.day -= end.length
            end.forward()
            passed.append(end.month)
        }
        steps.add(end.text)
        let from = Self.text(start, &random, needsYear: passed.contains(1))
        let days = "\(count) day\(count == 1 ? "" : "s")"
        return Exercise(
            prompt: random.wording([
                "What date is \(days) after \(from)?", "Which date is \(days) after \(from)?",
                "It is \(from). What is the date in \(days)?", "What day comes \(days) after \(from)?",
                "Add \(days) to \(from).", "A letter of \(from) arrives after \(days). On which date?",
            ]), thought: steps.text, answer: end.text, content: "\(start.text) + \(count)")
    }

    private func earlier(_ random: inout RandomSource) -> Exercise {
        let end = Day.drawn(&random)
        let count = random.number(1...50)
        var (start, steps) = (end, Steps())
        var passed: [Int] = []
        if count < end.day {
            start.day -= count
            steps.add("\(end.day)-\(count)=\(start.day)")
        } else {
            // Days back from the last of a month.
            var rest = count - end.day
            steps.add("\(count)-\(end.day)=\(rest)")
            repeat {
                start.backward()
                passed.append(start.month)
                let length = Self.length(start, &steps)
                start.day = length - rest
                steps.add(rest < length ? "\(length)-\(rest)=\(start.day)" : "\(rest)-\(length)=\(rest - length)")
                rest -= length
            } while start.day < 1
        }
        steps.add(start.text)
        let to = Self.text(end, &random, needsYear: passed.contains(1))
        let days = "\(count) day\(count == 1 ? "" : "s")"
        return Exercise(
            prompt: random.wording([
                "What date is \(days) before \(to)?", "Which date was \(days) before \(to)?",
                "It is \(to). What was the date \(days) ago?", "Subtract \(days) from \(to).",
                "What day comes \(days) before \(to)?",
            ]), thought: steps.text, answer: start.text, content: "\(end.text) - \(count)")
    }

    private func between(_ random: inout RandomSource) -> Exercise {
        let start = Day.drawn(&random)
        var (end, steps) = (start, Steps())
        for _ in 0..<random.number(0...2) { end.forward() }
        // Not into the next year, whose number would have to be said as well.
        if end.year > start.year { end = start }
        end.day = end.month == start.month ? random.number(start.day...start.length) : random.number(1...end.length)
        var (day, count, passed) = (start, 0, [Int]())
        if start.month == end.month {
            count = end.day - start.day
            steps.add("\(end.day)-\(start.day)=\(count)")
        } else {
            passed.append(day.month)
            count = Self.length(day, &steps) - start.day
            steps.add("\(day.length)-\(start.day)=\(count)")
            day.forward()
            while day.month != end.month {
                passed.append(day.month)
                let sum = count + Self.length(day, &steps)
                steps.add("\(count)+\(day.length)=\(sum)")
                count = sum
                day.forward()
            }
            steps.add("\(count)+\(end.day)=\(count + end.day)")
            count += end.day
        }
        let from = Self.text(start, &random, needsYear: passed.contains(1))
        return Exercise(
            prompt: random.wording([
                "How many days are there from \(from) to \(end.text)?",
                "How many days is it from \(from) until \(end.text)?",
                "How many days lie between \(from) and \(end.text) of the same year?",
                "Count the days from \(from) to \(end.text).",
            ]), thought: steps.text, answer: "\(count)", judgement: .numeric, content: "\(start.text) to \(end.text)")
    }

    private func weekday(_ random: inout RandomSource) -> Exercise {
        let start = random.below(7)
        let count = random.number(1...99)
        let isLater = random.chance(0.7)
        let rest = count % 7
        let days = (0...rest).map { Gregorian.weekdays[(start + (isLater ? $0 : 7 - $0)) % 7] }
        let counted = days.enumerated().map { "\($1) \($0)" }.joined(separator: ", ")
        let (day, answer) = (Gregorian.weekdays[start], days[rest])
        let words = "\(count) day\(count == 1 ? "" : "s")"
        let forms =
            isLater
            ? [
                "Today is \(day). Which day of the week is it in \(words)?",
                "It is \(day). What day is it \(words) later?",
                "Which weekday comes \(words) after a \(day)?", "If today is \(day), what day will it be in \(words)?",
            ]
            : [
                "Today is \(day). Which day of the week was it \(words) ago?",
                "It is \(day). What day was it \(words) earlier?",
                "Which weekday comes \(words) before a \(day)?", "If today is \(day), what day was it \(words) ago?",
            ]
        return Exercise(
            prompt: random.wording(forms),
            thought: "\(isLater ? "on" : "back") \(count)=7*\(count / 7)+\(rest)\n\(counted)\n\(answer)",
            answer: answer, content: "\(day) \(isLater ? "+" : "-") \(count)")
    }

    private func leap(_ random: inout RandomSource) -> Exercise {
        let year = random.chance(0.2) ? 100 * random.number(16...29) : random.number(1600...2399)
        let step = Gregorian.leapStep(year)
        let answer = Gregorian.isLeap(year) ? "yes" : "no"
        return Exercise(
            prompt: random.wording([
                "Is \(year) a leap year?", "Was or will \(year) be a leap year?", "Does February \(year) have 29 days?",
                "Does the year \(year) have 366 days?",
            ]), thought: step + "\n" + answer, answer: answer, content: "leap \(year)")
    }
}
