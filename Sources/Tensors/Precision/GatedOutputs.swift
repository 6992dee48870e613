import Synchronization

/// From which inputs each SwiGLU output was made, as long as somebody has the output.
///
/// DeepSeek-V3 (arXiv 2412.19437) §3.4 remembers the inputs in FP8 and makes the output anew on the way back.
final class GatedOutputs: Sendable {
    private struct Entry {
        weak var output: Storage?
        let byteOffset: Int
        let gate: Tensor
        let up: Tensor
    }

    private let entries = Mutex<[Entry]>([])

    /// Notes an output, and forgets those that nobody has any more.
    func note(_ output: Tensor, gate: Tensor, up: Tensor) {
        entries.withLock { entries in
            entries.removeAll { $0.output == nil }
            entries.append(Entry(output: output.storage, byteOffset: output.byteOffset, gate: gate, up: up))
        }
    }

    /// The inputs from which the rows of `output` were made; `nil` if it is no known output or a part of one.
    func inputs(of output: Tensor) -> (gate: Tensor, up: Tensor)? {
        entries.withLock { entries in
            guard let entry = entries.first(where: { $0.output === output.storage }),
                output.shape.rank == 2, output.shape.width == entry.gate.shape.width
            else { return nil }
            let first = (output.byteOffset - entry.byteOffset) / max(output.rowBytes, 1)
            let rows = first..<first + output.shape[0]
            return (entry.gate.slice(rows), entry.up.slice(rows))
        }
    }
}
