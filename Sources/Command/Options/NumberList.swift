import ArgumentParser
import Files

/// Numbers with commas between them: "1,2,4".
struct NumberList: ExpressibleByArgument, Equatable {
    var values: [Int]

    init(_ values: [Int]) { self.values = values }

    /// Fails for anything but whole numbers that are not negative.
    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { Int($0.drop(while: \.isWhitespace)) }
        guard values.count == parts.count, values.allSatisfy({ $0 >= 0 }) else { return nil }
        self.values = values
    }

    var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}
