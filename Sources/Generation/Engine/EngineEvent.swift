/// What an engine reports about a request: an event of one of its samples.
public struct EngineEvent: Sendable {
    /// The sample, counted from 0; the request's own events, such as those of reading the prompt, have 0.
    public let sample: Int
    /// What happened to it.
    public let event: GenerationEvent

    /// An event of sample `sample`.
    public init(sample: Int, event: GenerationEvent) {
        self.sample = sample
        self.event = event
    }
}
