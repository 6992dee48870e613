import ArgumentParser
import Files
import Isobath

/// Whether tokens are guessed ahead, and how many.
struct SpeculationOptions: ParsableArguments {
    @Flag(
        help: """
            Guess tokens with the checkpoint's multi-token-prediction layers and check several at once: the same greedy \
            answer, and sooner if most guesses are right.
            """)
    var speculate = false

    @Option(help: "With --speculate: tokens guessed at a time; one for each prediction layer unless given.")
    var draftLength: Int?

    /// The settings for a session; `nil` for no guesses.
    /// - Parameter measuresPlainSpeed: whether to compare with decoding without guesses.
    func settings(measuresPlainSpeed: Bool = false) throws -> SpeculationSettings? {
        guard speculate else {
            guard let draftLength else { return nil }
            throw InputError(
                .invalidValue, source: "command line", field: "--draft-length", found: "found \(draftLength)",
                expected: "this option together with --speculate only", advice: "add --speculate, or leave it out")
        }
        var settings = SpeculationSettings()
        settings.draftLength = draftLength
        settings.measuresPlainSpeed = measuresPlainSpeed
        return settings
    }
}
