import Files
import Generation
import Tensors

/// One recording that can be compared with what this program computes.
package protocol VerificationCheck: Sendable {
    var area: VerificationArea { get }
    /// The place below the folder that was searched.
    var name: String { get }

    /// Makes all comparisons.
    /// - Throws: `InputError` if the recording or what it was made from cannot be read.
    func compare(engines: [EngineSettings.Engine]) async throws -> Tally
}

extension VerificationCheck {
    /// The row of this check. What cannot be read fails with its sentence.
    package func row(engines: [EngineSettings.Engine]) async -> VerificationRow {
        do {
            return VerificationRow(area: area, name: name, tally: try await compare(engines: engines))
        } catch {
            var tally = Tally()
            tally.fail("\(error)")
            return VerificationRow(area: area, name: name, tally: tally)
        }
    }
}

/// Makes `checks` one after another.
/// - Parameter progress: told how many are done.
package func verify(
    _ checks: [any VerificationCheck], engines: [EngineSettings.Engine], progress: (Int) -> Void = { _ in }
) async -> VerificationReport {
    var rows: [VerificationRow] = []
    for check in checks {
        rows.append(await check.row(engines: engines))
        progress(rows.count)
    }
    return VerificationReport(rows: rows)
}

/// A recording of which even the index cannot be read.
struct BrokenRecording: VerificationCheck {
    let area: VerificationArea
    let name: String
    let error: InputError

    func compare(engines: [EngineSettings.Engine]) throws -> Tally { throw error }
}

extension EngineSettings.Engine {
    func operations() throws -> any Operations { self == .cpu ? try CPUOperations() : ReferenceOperations() }
}
