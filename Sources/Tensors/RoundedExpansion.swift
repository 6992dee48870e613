import CKernels

/// The matrices that expand latents, rounded to 8 bits: for keys as rows, for values as tiles of 64 outputs.
///
/// Outputs of very different size would lose much where they share a scale. So they are balanced by powers of two, which
/// change nothing else: value output c becomes about as large as all others, divided by `valueFactors`, which sums are
/// multiplied with in the end; key output i is divided by about the square root of its size, `keyFactors`, and the query
/// multiplied with that, so that neither has all of the difference (Xiao et al., SmoothQuant, arXiv 2211.10438, eq. 4).
struct RoundedExpansion {
    let groups: RoundedGroups
    let keyOutputs: Int
    let valueOutputs: Int
    private let kernels: RoundedKernels
    private var memory: Storage

    private var keyBytes: Int { RoundedRows.byteCount(groups, rows: keyOutputs) }
    private var panelBytes: Int { RoundedTile.byteCount(groups) }
    private var factorBytes: Int { (4 * (keyOutputs + valueOutputs) + 63) / 64 * 64 }
    /// Lives as long as the expansion.
    var balance: ExpansionBalance {
        // Safe: a head's memory ends with the factors of both.
        ExpansionBalance(
            memory: memory.base + headBytes - factorBytes, headBytes: headBytes, keyOutputs: keyOutputs)
    }
    private var headBytes: Int { keyBytes + panelCount * panelBytes + factorBytes }
    /// Tiles of a head's value matrix.
    var panelCount: Int { RoundedTile.count(rows: valueOutputs) }

    /// Rounds all heads of `expansion`, on all threads.
    init(_ expansion: LatentExpansion, _ kernels: RoundedKernels, _ pool: ThreadPool) {
        // Matrices have stray weights many times as large as the others, which should take few of them along.
        groups = RoundedGroups(expansion.latentSize, most: RoundedGroups.step)
        (keyOutputs, valueOutputs) = (expansion.keys.outputs, expansion.values.outputs)
        self.kernels = kernels
        memory = Storage(byteCount: 0)
        memory = Storage(byteCount: expansion.headCount * headBytes)
        pool.parallelChunks(count: 2 * expansion.headCount) { index in
            let head = index / 2
            if index % 2 == 0 { roundKeys(expansion.keys, head) } else { roundValues(expansion.values, head) }
        }
    }

    /// [key outputs, latent size].
    func keys(_ head: Int) -> RoundedRows {
        RoundedRows(groups, rows: keyOutputs, kernels, memory: memory.base + head * headBytes)
    }

    /// Value outputs 64 · `panel` and on.
    func values(_ head: Int, _ panel: Int) -> RoundedTile {
        RoundedTile(groups, memory: memory.base + head * headBytes + keyBytes + panel * panelBytes)
    }

    private func roundKeys(_ weight: HeadwiseWeight, _ head: Int) {
        weight.withOutputs(ofHead: head) { outputs in
            balance(outputs, count: keyOutputs, root: 2, into: balance.keyFactors(head))
            keys(head).round(outputs, stride: groups.width, count: keyOutputs)
        }
    }

    private func roundValues(_ weight: HeadwiseWeight, _ head: Int) {
        let byteCount = RoundedRows.byteCount(groups, rows: valueOutputs)
        weight.withOutputs(ofHead: head) { outputs in
            balance(outputs, count: valueOutputs, root: 1, into: balance.valueFactors(head))
            withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 64) { memory in
                guard let memory = memory.baseAddress else { return }
                let rows = RoundedRows(groups, rows: valueOutputs, kernels, memory: memory)
                rows.round(outputs, stride: groups.width, count: valueOutputs)
                for panel in 0..<panelCount {
                    let first = panel * RoundedTile.rows
                    rows.turn(first..<min(first + RoundedTile.rows, valueOutputs), into: values(head, panel))
                }
            }
        }
    }
}

/// The powers of two that outputs were divided by.
struct ExpansionBalance {
    fileprivate let memory: UnsafeMutableRawPointer
    fileprivate let headBytes: Int
    fileprivate let keyOutputs: Int

    /// What queries of a head are multiplied with: [key outputs].
    func keyFactors(_ head: Int) -> UnsafeMutablePointer<Float> {
        (memory + head * headBytes).assumingMemoryBound(to: Float.self)
    }

    /// What sums of a head are multiplied with: [value outputs].
    func valueFactors(_ head: Int) -> UnsafeMutablePointer<Float> { keyFactors(head) + keyOutputs }
}

extension RoundedExpansion {
    /// Divides each of `count` rows by a power of two near the `root`-th root of its values' size, which is written down.
    private func balance(
        _ rows: UnsafeMutablePointer<Float>, count: Int, root: Int, into factors: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<count {
            let row = UnsafeMutableBufferPointer(start: rows + index * groups.width, count: groups.width)
            let square = row.reduce(Float(0)) { $0 + $1 * $1 } / Float(groups.width)
            // Halved for the square root. What has no ordinary size stays as it is.
            let exponent = square.isNormal ? Int(square.exponent) / (2 * root) : 0
            factors[index] = Float(sign: .plus, exponent: exponent, significand: 1)
            let factor = Float(sign: .plus, exponent: -exponent, significand: 1)
            for place in row.indices { row[place] *= factor }
        }
    }
}

extension HeadwiseWeight {
    /// Calls `body` with the matrix of a head as [outputs, inputs] in f32, which it may change.
    fileprivate func withOutputs(ofHead head: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        let weight = heads[head]
        withUnsafeTemporaryAllocation(of: Float.self, capacity: (inputs + 1) * (outputs + 1)) { memory in
            guard let memory = memory.baseAddress else { return }
            let row = UnsafeMutableBufferPointer(start: memory + inputs * outputs, count: weight.columns)
            for index in 0..<weight.rows {
                weight.decodeRow(index, into: row)
                switch orientation {
                case .outputsByInputs: (memory + index * inputs).update(from: memory + inputs * outputs, count: inputs)
                case .inputsByOutputs: for output in 0..<outputs { memory[output * inputs + index] = row[output] }
                }
            }
            body(memory)
        }
    }
}
