/// How much a transfer may take at once, and how long it waits.
public struct HubSettings: Sendable {
    /// Connections over which a file comes.
    public var connections = 8
    /// How long a connection may take to open.
    public var connectTimeout = Duration.seconds(10)
    /// How long a server may take to begin its answer.
    public var answerTimeout = Duration.seconds(60)
    /// How long a connection may be silent.
    public var stallTimeout = Duration.seconds(30)
    /// The unit in which files are remembered if a transfer ends before.
    var blockBytes = 4 << 20
    /// The most blocks that are asked for at once.
    var blocksPerRequest = 16
    /// The largest answer that is a list.
    var listingBytes = 32 << 20
    /// The most pages of a list.
    var listingPages = 1000
    /// The most files in a list.
    var listingFiles = 200_000
    /// The most files of one model.
    var modelFiles = 4000
    /// Bytes that must stay free on the disk.
    var spareBytes = 64 << 20
    var retry = RetryPolicy()

    /// The usual.
    public init() {}
}
