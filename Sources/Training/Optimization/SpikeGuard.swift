/// Keeps steps with wild losses or gradients from reaching the weights: the section `guard` of a recipe.
///
/// A number is wild if it is more than `tolerance` deviations above the median of the last `window` ordinary ones; the deviation is
/// the median distance from the median, times 1.4826, which is that of normal numbers, and at least `leastPart` of the median.
/// Medians forget single spikes where means remember them. Steps are never judged before `patience` ordinary ones.
/// Fields, with their defaults: `isOn` (true), `window` (64), `patience` (16), `tolerance` (8), `leastPart` (0.02), `mostInARow` (8),
/// `onNaN` (stop).
package struct SpikeGuard: Sendable, Equatable, Codable {
    package struct Settings: Sendable, Equatable, Codable {
        package enum OnNaN: String, Sendable, CaseIterable, Codable {
            /// The run ends, with its state saved.
            case stop
            /// The step is dropped; after `mostInARow` of them the run ends all the same.
            case drop
        }

        package var isOn = true
        package var window = 64
        package var patience = 16
        package var tolerance = 8.0
        package var leastPart = 0.02
        /// So many dropped steps in a row are no spike but how things are: the next one counts, and the past is forgotten.
        package var mostInARow = 8
        package var onNaN = OnNaN.stop

        package init() {}

        /// - Throws: `InputError` for a value that is out of range.
        package init(_ section: RecipeSection) throws {
            isOn = try section.boolean("isOn", default: isOn)
            window = try section.integer("window", in: 4...100_000, default: window)
            patience = try section.integer("patience", in: 2...window, default: min(patience, window))
            tolerance = try section.number("tolerance", in: 1...1e6, default: tolerance)
            leastPart = try section.number("leastPart", in: 0...10, default: leastPart)
            mostInARow = try section.integer("mostInARow", in: 1...100_000, default: mostInARow)
            onNaN = try section.choice("onNaN", default: onNaN)
        }
    }

    /// What to do with a step.
    package enum Verdict: Sendable, Equatable {
        case keep
        /// The optimizer does not see it. Why, for the log.
        case drop(reason: String)
        /// The run ends before it. Why.
        case stop(reason: String)
    }

    package let settings: Settings
    /// Steps dropped so far.
    package private(set) var dropped = 0
    private var inARow = 0
    private var losses: [Double] = []
    private var norms: [Double] = []

    package init(_ settings: Settings = Settings()) { self.settings = settings }

    /// Judges a step before it changes anything, and remembers it.
    /// - Parameters:
    ///   - loss: of the step's batch.
    ///   - gradientNorm: before clipping.
    package mutating func judge(loss: Double, gradientNorm: Double) -> Verdict {
        guard loss.isFinite, gradientNorm.isFinite else {
            return judgeBroken("loss \(loss), gradient norm \(gradientNorm)")
        }
        let reason = spike(loss, in: losses, "loss") ?? spike(gradientNorm, in: norms, "gradient norm")
        if settings.isOn, let reason {
            guard inARow >= settings.mostInARow else { return drop(reason) }
            (losses, norms) = ([], [])
        }
        inARow = 0
        losses = Array((losses + [loss]).suffix(settings.window))
        norms = Array((norms + [gradientNorm]).suffix(settings.window))
        return .keep
    }

    private mutating func judgeBroken(_ what: String) -> Verdict {
        guard settings.onNaN == .drop, inARow < settings.mostInARow else { return .stop(reason: what) }
        return drop(what)
    }

    private mutating func drop(_ reason: String) -> Verdict {
        dropped += 1
        inARow += 1
        return .drop(reason: reason)
    }

    /// What is wrong with a number beside those before it; `nil` if nothing is.
    private func spike(_ value: Double, in past: [Double], _ name: String) -> String? {
        guard past.count >= settings.patience else { return nil }
        let middle = SpikeGuard.median(past)
        let spread = 1.4826 * SpikeGuard.median(past.map { abs($0 - middle) })
        let bound = middle + settings.tolerance * max(spread, settings.leastPart * abs(middle))
        return value > bound ? "\(name) \(value) above \(bound)" : nil
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let half = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[half]
    }
}
