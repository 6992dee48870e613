import Files
import Checkpoints

/// Which of a row of things go into which file, so that no file is larger than asked for if that can be.
struct ShardPlan: Sendable {
    /// Ranges of the things, one for each file.
    let ranges: [Range<Int>]

    /// - Parameters:
    ///   - sizes: bytes of each thing.
    ///   - limit: the most bytes of a file; `nil` for one file. A thing that is larger has a file of its own.
    init(_ sizes: [Int], limit: Int?) {
        guard let limit, !sizes.isEmpty else {
            ranges = [0..<sizes.count]
            return
        }
        var ranges: [Range<Int>] = []
        var (first, bytes) = (0, 0)
        for (index, size) in sizes.enumerated() {
            if index > first, size > limit - min(bytes, limit) {
                ranges.append(first..<index)
                (first, bytes) = (index, 0)
            }
            bytes = min(bytes, limit) + min(size, limit)
        }
        self.ranges = ranges + [first..<sizes.count]
    }

    /// `STEM-00002-of-00003EXTENSION`, from 1; without numbers where there is one file.
    func name(_ stem: String, _ fileExtension: String, number: Int) -> String {
        ranges.count > 1 ? shardName(stem, number, of: ranges.count, fileExtension) : stem + fileExtension
    }
}
