import Files
import Foundation

/// A reply cut into steps that end with a line, each scored.
package struct LineSteps: ProcessReward {
    package enum Rule: Sendable {
        /// 1 if what stands left and right of the line's last = is the same number, 0 if not or if there is no such sign: steps that can be verified.
        case equations
        /// The program reads the reply and writes a number for each line that is not empty.
        case program(ChildProgram)
    }

    package let rule: Rule

    package init(_ rule: Rule) { self.rule = rule }

    init(_ section: RecipeSection) throws {
        let name = try section.text("kind", default: "equations")
        switch name {
        case "equations": rule = .equations
        case "program": rule = .program(try ChildProgram(section))
        default: throw section.invalid("kind", "found \(name)", "equations or program")
        }
    }

    package func scores(_ reply: Reply) throws -> [StepScore] {
        let steps = LineSteps.steps(reply)
        let scores: [Double]
        switch rule {
        case .equations: scores = steps.map { Equation.holds($0.text) ? 1 : 0 }
        case .program(let program): scores = try LineSteps.scores(reply, program)
        }
        // A program that says too little leaves the rest unscored.
        return zip(steps, scores).map { StepScore(lastToken: $0.lastToken, score: $1) }
    }

    /// Lines that are not empty, with the token that holds each one's last byte.
    private static func steps(_ reply: Reply) -> [(text: ArraySlice<UInt8>, lastToken: Int)] {
        let bytes = reply.bytes
        var (token, end) = (0, reply.tokenBytes.first ?? 0)
        return bytes.split(whereSeparator: \.isLineEnd).filter { !$0.allSatisfy(\.isSpace) }.compactMap { line in
            while end < line.endIndex, token + 1 < reply.tokenBytes.count {
                token += 1
                end += reply.tokenBytes[token]
            }
            return reply.tokenBytes.isEmpty ? nil : (line, token)
        }
    }

    private static func scores(_ reply: Reply, _ program: ChildProgram) throws -> [Double] {
        let outcome = try program.run(input: reply.bytes, environment: reply.question.environment)
        guard outcome.ending == .exited(0) else { return [] }
        let words = outcome.output.split(whereSeparator: \.isSpace).map { Double(String(decoding: $0, as: UTF8.self)) }
        return words.prefix { $0?.isFinite == true }.compactMap(\.self)
    }
}

/// Arithmetic on a line: numbers, + - * and parentheses around nothing.
enum Equation {
    /// Whether both sides of the last "=" are the same number.
    static func holds(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count <= 1000, let sign = line.lastIndex(of: UInt8(ascii: "=")) else { return false }
        let left = line[..<sign].split(separator: UInt8(ascii: "=")).last ?? []
        guard let a = value(left), let b = value(line[(sign + 1)...]) else { return false }
        return a == b
    }

    /// Sums of products, left to right; `nil` for anything else, and where whole numbers of 64 bits do not suffice.
    private static func value(_ text: ArraySlice<UInt8>) -> Int? {
        var (sum, product, number, sign, isFirst) = (0, Int?.none, Int?.none, 1, true)
        func close() -> Int? {
            guard let number else { return nil }
            let (result, overflow) = (product ?? sign).multipliedReportingOverflow(by: number)
            return overflow ? nil : result
        }
        for byte in text where !byte.isSpace {
            defer { isFirst = false }
            if byte.isDigit {
                let (tens, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
                let (next, carry) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
                guard !overflow, !carry else { return nil }
                number = next
            } else if isFirst, byte == UInt8(ascii: "-") {
                sign = -1
            } else {
                guard let term = close() else { return nil }
                number = nil
                switch byte {
                case UInt8(ascii: "*"): product = term
                case UInt8(ascii: "+"), UInt8(ascii: "-"):
                    let (next, overflow) = sum.addingReportingOverflow(term)
                    guard !overflow else { return nil }
                    (sum, product, sign) = (next, nil, byte == UInt8(ascii: "-") ? -1 : 1)
                default: return nil
                }
            }
        }
        guard let term = close() else { return nil }
        let (result, overflow) = sum.addingReportingOverflow(term)
        return overflow ? nil : result
    }
}
