/// Months and weekdays, by the Gregorian rule.
enum Gregorian {
    static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// Days of a month, 0 for January.
    static func length(_ month: Int, of year: Int) -> Int { lengths[month] + (month == 1 && isLeap(year) ? 1 : 0) }

    /// The step that says whether `year` is a leap year, "2220 ends in 20: 20=4*5+0": its last two digits by four, or, where they are 00,
    /// its first two.
    static func leapStep(_ year: Int) -> String {
        let number = year % 100 == 0 ? year / 100 : year % 100
        return "\(year) ends in \((year % 100).padded(2)): \(number)=4*\(number / 4)+\(number % 4)"
    }
}
