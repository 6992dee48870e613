import Tensors

/// A file that a model's tensors are written to.
struct OutputFile: Sendable {
    /// A tensor as the file holds it.
    struct Entry: Sendable {
        let tensor: ModelTensor
        /// How it is stored. `f8e4m3` is followed by the scales of its blocks.
        let type: ElementType
        /// Zeros behind it.
        let padding: Int
    }

    let path: String
    let header: [UInt8]
    /// Bytes of the whole file.
    let byteCount: Int
    let entries: [Entry]
}
