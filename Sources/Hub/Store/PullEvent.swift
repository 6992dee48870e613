/// What happens while a model is pulled, in this order; progress and pauses any number of times.
public enum PullEvent: Sendable {
    /// The hub has answered: this is what will be done.
    case planned(PullPlan)
    /// So many bytes are here.
    case progress(PullProgress)
    /// Something went wrong that will be tried again after so many seconds; `reason` says what.
    case waiting(reason: String, seconds: Double)
    /// The model can be used.
    case stored(StoredModel)
}

/// What will be done to have a model.
public struct PullPlan: Sendable, Equatable {
    /// A file of the model.
    public struct File: Sendable, Equatable {
        /// Its path in the repository.
        public let path: String
        /// The hash of its content.
        public let digest: BlobDigest
        /// Its size.
        public let byteCount: Int
        /// Bytes that need not come again.
        public let presentBytes: Int
    }

    /// What was asked for.
    public let reference: ModelReference
    /// The commit that the revision stands for now.
    public let commit: String
    /// How the model is stored.
    public let format: ModelSelection.Format
    /// How its values are stored, as far as names tell.
    public let quantization: String?
    /// Its files.
    public let files: [File]

    /// Bytes of all files.
    public var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
    /// Bytes that need not come again.
    public var presentBytes: Int { files.reduce(0) { $0 + $1.presentBytes } }
}

/// How far a pull is.
public struct PullProgress: Sendable, Equatable {
    /// The file whose bytes came last.
    public let path: String
    /// The hash of its content.
    public let digest: BlobDigest
    /// Its size.
    public let fileBytes: Int
    /// Bytes of it that are here.
    public let fileCompleted: Int
    /// Bytes of all files.
    public let byteCount: Int
    /// Bytes of all files that are here.
    public let completed: Int
}
