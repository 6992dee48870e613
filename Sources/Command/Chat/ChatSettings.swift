import Files
import Isobath

/// What `/set` can change during a conversation.
struct ChatSettings {
    var sampling: SamplingSettings
    var maximumTokens: Int?
    /// What every answer must follow; `nil` if they are free.
    var constraint: Constraint?
    var thinks = false
    /// How many of the turns before the model is shown; `nil` for all. One that was taught few is better off with no more.
    var turnsRemembered: Int?

    /// The names that `/set` knows, with their present values.
    var rows: [[String]] {
        [
            ["temperature", "\(sampling.temperature)"], ["top-k", "\(sampling.topK)"], ["top-p", "\(sampling.topP)"],
            ["min-p", "\(sampling.minP)"], ["repetition-penalty", "\(sampling.repetitionPenalty)"],
            ["presence-penalty", "\(sampling.presencePenalty)"],
            ["frequency-penalty", "\(sampling.frequencyPenalty)"],
            ["seed", sampling.seed.map(String.init) ?? "random"],
            ["max-tokens", maximumTokens.map(String.init) ?? "to the end of the context"],
            ["think", thinks ? "on" : "off"], ["memory", memory],
        ]
    }

    private var memory: String {
        switch turnsRemembered {
        case nil: "on"
        case 0: "off"
        case let count?: "\(count) turns"
        }
    }

    /// Sets `name` to what `text` says.
    /// - Throws: `InputError` if there is no such setting, or the value is not admissible.
    mutating func set(_ name: String, to text: String) throws {
        var changed = self
        switch name {
        case "temperature": changed.sampling.temperature = try number(name, text)
        case "top-k": changed.sampling.topK = try whole(name, text)
        case "top-p": changed.sampling.topP = try number(name, text)
        case "min-p": changed.sampling.minP = try number(name, text)
        case "repetition-penalty": changed.sampling.repetitionPenalty = try number(name, text)
        case "presence-penalty": changed.sampling.presencePenalty = try number(name, text)
        case "frequency-penalty": changed.sampling.frequencyPenalty = try number(name, text)
        case "seed": changed.sampling.seed = text == "random" ? nil : UInt64(try whole(name, text))
        case "max-tokens": changed.maximumTokens = text == "none" ? nil : max(try whole(name, text), 1)
        case "think": changed.thinks = try flag(name, text)
        case "memory": changed.turnsRemembered = try turns(name, text)
        default: throw wrong("/set", name, "one of " + rows.map { $0[0] }.joined(separator: ", "))
        }
        changed.sampling = try changed.sampling.validated()
        self = changed
    }

    private func number(_ name: String, _ text: String) throws -> Float {
        guard let value = Float(text) else { throw wrong(name, text, "a number") }
        return value
    }

    private func flag(_ name: String, _ text: String) throws -> Bool {
        guard ["on", "off"].contains(text) else { throw wrong(name, text, "on or off") }
        return text == "on"
    }

    private func turns(_ name: String, _ text: String) throws -> Int? {
        if text == "on" { return nil }
        guard let count = text == "off" ? 0 : Int(text), count >= 0 else {
            throw wrong(name, text, "on, off, or a number of turns")
        }
        return count
    }

    private func whole(_ name: String, _ text: String) throws -> Int {
        guard let value = Int(text), value >= 0 else { throw wrong(name, text, "a whole number from 0 on") }
        return value
    }

    private func wrong(_ name: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: "/set", field: name, found: "found \"\(found)\"", expected: expected,
            advice: "type /set alone to see all settings")
    }
}
