import Foundation
import Testing

@testable import Curriculum

@Suite struct MeasureTaskTests {
    /// What each unit is in the smallest of its kind.
    static let sizes: [String: Int] = [
        "mm": 1, "cm": 10, "m": 1000, "km": 1_000_000, "g": 1, "kg": 1000, "t": 1_000_000, "ml": 1, "l": 1000, "MB": 1,
        "GB": 1000, "s": 1, "min": 60, "h": 3600, "day": 86400, "week": 604_800, "month": 1, "year": 12, "piece": 1,
        "dozen": 12, "in": 1, "ft": 12, "yd": 36,
    ]
    static let names: [String: String] = [
        "millimeter": "mm", "centimeter": "cm", "meter": "m", "kilometer": "km", "gram": "g", "kilogram": "kg",
        "ton": "t",
        "milliliter": "ml", "liter": "l", "megabyte": "MB", "gigabyte": "GB", "second": "s", "minute": "min",
        "hour": "h",
        "inch": "in", "foot": "ft", "feet": "ft", "yard": "yd", "inches": "in",
    ]

    static func size(_ word: Substring) -> Int? {
        let word = String(word)
        let stem = word.hasSuffix("s") && word.count > 1 && sizes[word] == nil ? String(word.dropLast()) : word
        return sizes[word] ?? sizes[names[word] ?? ""] ?? sizes[stem] ?? sizes[names[stem] ?? ""]
    }

    /// The sum of all numbers that stand before a unit.
    static func total(_ text: String) -> Int {
        let words = text.split { " ?.,".contains($0) }
        return zip(words, words.dropFirst()).reduce(0) { sum, pair in
            guard let number = Int(pair.0), let size = size(pair.1) else { return sum }
            return sum + number * size
        }
    }

    @Test func unitsAreEqual() {
        for exercise in Sample.exercises("units", 1500) {
            #expect(
                Self.total(exercise.prompt) == Self.total(exercise.answer), "\(exercise.prompt) → \(exercise.answer)")
            #expect(Self.total(exercise.answer) > 0, "\(exercise.prompt) → \(exercise.answer)")
        }
    }

    /// Minutes since midnight of the times in a text.
    static func times(_ text: String) -> [Int] {
        text.matches(of: #/(\d+):(\d\d)( [ap]m)?/#).map { match in
            let (hours, minutes) = (Int(match.output.1) ?? 0, Int(match.output.2) ?? 0)
            guard let mark = match.output.3 else { return 60 * hours + minutes }
            return 60 * (hours % 12 + (mark == " pm" ? 12 : 0)) + minutes
        }
    }

    static func minutes(_ text: String) -> Int {
        text.matches(of: #/(\d+) (hour|minute)/#).reduce(0) { sum, match in
            sum + (Int(match.output.1) ?? 0) * (match.output.2 == "hour" ? 60 : 1)
        }
    }

    @Test func clocks() {
        for exercise in Sample.exercises("times", 1500) {
            let (prompt, times) = (exercise.prompt, Self.times(exercise.prompt))
            let duration = Self.minutes(prompt)
            if times.count == 2 {
                #expect(Self.minutes(exercise.answer) == times[1] - times[0], "\(prompt)")
            } else if duration > 0, !prompt.contains("on a 12-hour"), !prompt.contains("-hour") {
                let isEarlier =
                    ["before", "ago", "leave?", "leave", "minus", "start"].contains { prompt.contains($0) }
                    && !prompt.contains("leaves at") && !prompt.contains("starts at")
                let expected = (times[0] + (isEarlier ? -duration : duration) + 1440) % 1440
                #expect(Self.times(exercise.answer) == [expected], "\(prompt) → \(exercise.answer)")
            } else {
                #expect(Self.times(exercise.answer) == times, "\(prompt) → \(exercise.answer)")
                #expect(exercise.answer.contains("m") != prompt.contains(#/\d [ap]m/#))
            }
        }
    }

    static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    /// The dates of a text; of a date without year, a year that is no leap year.
    static func dates(_ text: String) -> [Date] {
        let year = text.firstMatch(of: #/, (\d{4})/#).flatMap { Int($0.output.1) } ?? 2023
        return text.matches(of: #/([A-Z][a-z]+) (\d+)/#).compactMap { match in
            guard let month = Gregorian.months.firstIndex(of: String(match.output.1)), let day = Int(match.output.2)
            else { return nil }
            return calendar.date(from: DateComponents(year: year, month: month + 1, day: day))
        }
    }

    static func text(_ date: Date) -> String {
        let parts = calendar.dateComponents([.month, .day], from: date)
        return "\(Gregorian.months[(parts.month ?? 1) - 1]) \(parts.day ?? 0)"
    }

    @Test func dates() throws {
        for exercise in Sample.exercises("dates", 2000) {
            let prompt = exercise.prompt
            let dates = Self.dates(prompt)
            let count = prompt.firstMatch(of: #/(\d+) days?/#).flatMap { Int($0.output.1) } ?? 0
            if prompt.contains("366") || prompt.contains("leap") || prompt.contains("have 29 days") {
                let year = try #require(Sample.numbers(prompt).first { $0 > 1000 })
                let february = try #require(Self.calendar.date(from: DateComponents(year: year, month: 2, day: 1)))
                let days = Self.calendar.range(of: .day, in: .month, for: february)?.count
                #expect(exercise.answer == (days == 29 ? "yes" : "no"), "\(prompt)")
            } else if dates.count == 2 {
                let days = Self.calendar.dateComponents([.day], from: dates[0], to: dates[1]).day
                #expect(exercise.answer == days.map { "\($0)" }, "\(prompt)")
            } else if let date = dates.first {
                let isEarlier = ["before", "ago", "ubtract"].contains { prompt.contains($0) }
                let moved = Self.calendar.date(byAdding: .day, value: isEarlier ? -count : count, to: date)
                #expect(exercise.answer == moved.map(Self.text), "\(prompt)")
            } else {
                let weekdays = Gregorian.weekdays
                let start = try #require(weekdays.firstIndex { prompt.contains($0) })
                let isEarlier = ["before", "ago", "earlier"].contains { prompt.contains($0) }
                let place = (start + (isEarlier ? -count : count) + 700) % 7
                #expect(exercise.answer == weekdays[place], "\(prompt)")
            }
        }
    }
}
