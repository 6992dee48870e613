/// An engine cannot take a request now, but could later.
public struct EngineBusy: Error, Sendable, Equatable, CustomStringConvertible {
    /// Requests that wait already.
    public let waiting: Int
    /// Seconds after which it is worth another try, estimated from how long recent requests took.
    public let retryAfter: Int

    /// The sentence for people.
    public var description: String {
        "The model is busy: \(waiting) requests are waiting already, and there is room for no more; "
            + "try again in \(retryAfter) seconds."
    }
}

/// An engine takes no requests any more.
public struct EngineClosed: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence for people.
    public var description: String {
        "The model is being shut down and takes no further requests; ask another server, or start this one again."
    }

    /// An engine that was shut down.
    public init() {}
}
