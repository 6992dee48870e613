import Files

/// Files of lines of JSON, a new one as soon as one is large: NAME-00000.jsonl and so on.
enum LineShards {
    private static let shardBytes = 32_000_000
    private static let bufferBytes = 1 << 20

    /// Writes `count` lines into files in `folder`.
    /// - Parameter line: line number `index`; what it throws ends the work.
    static func write(_ count: Int, to folder: String, name: String, line: (Int) throws -> JSONValue) throws {
        var (index, shard) = (0, 0)
        while index < count {
            let digits = String(shard)
            let padded = String(repeating: "0", count: max(5 - digits.count, 0)) + digits
            try writeAtomically(to: "\(folder)/\(name)-\(padded).jsonl") { file in
                var buffer: [UInt8] = []
                while index < count, file.byteCount + buffer.count < shardBytes {
                    buffer += Array((try line(index).line + "\n").utf8)
                    index += 1
                    if buffer.count >= bufferBytes {
                        try file.append(buffer)
                        buffer.removeAll(keepingCapacity: true)
                    }
                }
                try file.append(buffer)
            }
            shard += 1
        }
    }
}
