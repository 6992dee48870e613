import Files
import Foundation
import Models
import Synchronization

/// A file whose readings fail, or take their time, as a test wants.
final class UnsteadyFile: PagedFile {
    /// What readings do; shared by all files of a decoder.
    final class Weather: Sendable {
        private let state = Mutex((numbers: SeededNumbers(seed: 1), failing: 0.0, delay: 0.0, readings: 0))

        /// The share of readings that fail.
        var failing: Double {
            get { state.withLock { $0.failing } }
            set { state.withLock { $0.failing = newValue } }
        }

        /// The longest time that a reading waits, in seconds.
        var delay: Double {
            get { state.withLock { $0.delay } }
            set { state.withLock { $0.delay = newValue } }
        }

        var readings: Int { state.withLock { $0.readings } }

        fileprivate func next() -> (fails: Bool, delay: Double) {
            state.withLock { state in
                state.readings += 1
                let fails = Double.random(in: 0..<1, using: &state.numbers) < state.failing
                return (fails, Double.random(in: 0...1, using: &state.numbers) * state.delay)
            }
        }

        var opener: ExpertStore.Opener {
            { UnsteadyFile(file: try UncachedFile(path: $0, byteCount: $1), weather: self) }
        }
    }

    static let failure = InputError(
        .unreadable, source: "disk", found: "found no disk", expected: "one", advice: "look for it")

    private let file: UncachedFile
    private let weather: Weather

    init(file: UncachedFile, weather: Weather) {
        self.file = file
        self.weather = weather
    }

    func read(_ span: PageSpan, into memory: UnsafeMutableRawBufferPointer) throws {
        let (fails, delay) = weather.next()
        if delay > 0 { Thread.sleep(forTimeInterval: delay) }
        guard fails else { return try file.read(span, into: memory) }
        // Half a reading must not be taken for a whole one.
        memory.initializeMemory(as: UInt8.self, repeating: 0xFF)
        throw UnsteadyFile.failure
    }
}
