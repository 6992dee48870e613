import Models
import Tensors

/// The tokens of a session, and what the decoder and a drafter remember of them.
struct SessionMemory {
    private let model: LanguageModel
    private let cache: KeyValueCache
    private var drafter: (any Drafter)?
    /// The tokens whose keys and values are in the cache. Behind them it may hold guesses that are being checked.
    private var tokens: [Int32] = []
    /// What the request in progress has had of the expert store; `nil` without one.
    var experts: ExpertTraffic?

    private typealias Phase = WritableKeyPath<ExpertTraffic, ExpertTraffic.Phase>

    /// - Parameter cache: an empty one, which the drafter may know too.
    init(_ model: LanguageModel, _ cache: KeyValueCache, _ drafter: (any Drafter)?) {
        self.model = model
        self.cache = cache
        self.drafter = drafter
    }

    // MARK: Text that is certain

    /// Forgets what does not begin `prompt`, and the prompt's last token, whose logits are needed.
    mutating func keep(prefixOf prompt: [Int32]) throws -> Int {
        let shared = zip(tokens, prompt).prefix { $0 == $1 }.count
        let kept = min(shared, max(prompt.count - 1, 0))
        tokens.removeSubrange(kept...)
        cache.truncate(to: kept)
        try remindDrafter()
        return kept
    }

    /// Appends `new`, of which there is at least one.
    /// - Returns: the state of the last one, [1, hidden].
    mutating func append(_ new: [Int32]) throws -> Tensor {
        let states = try states(of: new, cache, form: model.settings.latentForm, \.prompt)
        tokens += new
        try drafter?.read(new, states: states)
        countDrafter(\.prompt)
        return states.slice(new.count - 1..<new.count)
    }

    /// What may follow the token that has `state`.
    func expectation(after state: Tensor) -> Expectation {
        Expectation(states: state, logits: model.decoder.logits(state, model.operations))
    }

    /// The drafter reads again what it had to forget; on a fork, so that the cache stays as it is.
    private mutating func remindDrafter() throws {
        guard let known = drafter?.truncate(to: tokens.count), known < tokens.count else { return }
        let fork = cache.fork()
        fork.truncate(to: known)
        let missing = Array(tokens[known...])
        let states = try states(of: missing, fork, form: model.settings.latentForm, \.prompt)
        try drafter?.read(missing, states: states)
        countDrafter(\.prompt)
    }

    // MARK: Guesses

    /// What may follow `token`, which was chosen, and each of up to `count` guesses at the tokens after it: one step.
    mutating func expect(
        after token: Int32, guesses count: Int, _ sampler: inout Sampler, _ tally: inout SpeculationSummary?
    ) throws -> Expectation {
        let clock = ContinuousClock()
        let start = clock.now
        let drafts = try drafts(after: token, count: count, &sampler)
        let drafted = clock.now
        let new = [token] + drafts.map(\.token)
        let form = model.decoder.formOfSingleTokens(model.settings.latentForm)
        countDrafter(\.generation)
        var expectation = expectation(after: try states(of: new, cache, form: form, \.generation))
        (expectation.tokens, expectation.drafts) = (new, drafts)
        tally?.addStep(drafts.count, draftSeconds: (drafted - start) / .seconds(1), (clock.now - drafted) / .seconds(1))
        return expectation
    }

    /// Remembers the first `count` tokens of a step and forgets its other guesses.
    mutating func settle(_ expectation: Expectation, keeping count: Int) throws {
        let kept = Array(expectation.tokens.prefix(count))
        tokens += kept
        cache.truncate(to: tokens.count)
        guard !kept.isEmpty else { return }
        try drafter?.read(kept, states: expectation.states.slice(0..<kept.count))
        countDrafter(\.generation)
    }

    private mutating func drafts(after token: Int32, count: Int, _ sampler: inout Sampler) throws -> [Draft] {
        guard drafter != nil, count > 0 else { return [] }
        return try sampler.guessing { sampler in
            var drafts: [Draft] = []
            try drafter?.draft(after: token, count: count) { logits in
                let draft = try sampler.guess(logits)
                drafts.append(draft)
                return draft.token
            }
            return drafts
        }
    }

    // MARK: The decoder

    private func step(_ new: [Int32], _ cache: KeyValueCache, form: LatentForm) throws -> Step {
        try model.decoder.step([.init(tokens: new, cache: cache)], operations: model.operations, form: form)
    }

    private mutating func states(
        of new: [Int32], _ cache: KeyValueCache, form: LatentForm, _ phase: Phase
    ) throws -> Tensor {
        let step = try step(new, cache, form: form)
        let states = try model.decoder(step)
        if let use = step.expertUse { experts?[keyPath: phase].count(use.take(), tokens: new.count) }
        return states
    }

    /// Counts what the drafter has had of the expert store, for tokens that are counted where the decoder sees them.
    private mutating func countDrafter(_ phase: Phase) {
        if let use = drafter?.expertUse { experts?[keyPath: phase].count(use.take(), tokens: 0) }
    }

    /// The median of the seconds that each of the last `count` tokens takes when it is decoded again by itself.
    func plainTokenSeconds(_ count: Int, _ sampler: Sampler) throws -> Double {
        let fork = cache.fork()
        fork.truncate(to: tokens.count - count)
        try fork.reserve(count)
        let clock = ContinuousClock()
        let seconds = try tokens.suffix(count).map { token in
            var sampler = sampler
            return try clock.measure {
                let state = try model.decoder(step([token], fork, form: model.settings.latentForm))
                _ = try sampler.next(expectation(after: state).logits(0))
            } / .seconds(1)
        }
        return seconds.sorted()[count / 2]
    }
}

/// What the decoder expects after the last certain token, and after each guess that may follow it.
struct Expectation {
    /// [1 + guesses, hidden].
    let states: Tensor
    /// [1 + guesses, vocabulary].
    let logits: Tensor
    /// The step's tokens where they are not yet part of the session: one that was chosen, then guesses.
    var tokens: [Int32] = []
    /// The guesses.
    var drafts: [Draft] = []

    /// The logits after the first `row` guesses.
    func logits(_ row: Int) -> [Float] { logits.slice(row..<row + 1).floats }
}
