extension RecordingOperations {
    package func add(_ a: Tensor, _ b: Tensor) -> Tensor {
        let (first, second) = (a.place, b.place)
        return tape.record(base.add(a, b)) { [loops] dy, gradients in
            gradients.add(dy, to: second, loops)
            gradients.give(dy, to: first, loops)
        }
    }

    package func addBias(_ x: Tensor, _ bias: Tensor) -> Tensor {
        let input = x.place
        return tape.record(base.addBias(x, bias)) { [loops] dy, gradients in
            if bias.isOwnMemory {
                let sum = gradients[bias].reshaped([1, bias.shape.count])
                loops.addColumns(of: dy, 0..<dy.shape.width, to: sum, at: 0, repeats: dy.shape.rows)
            }
            gradients.give(dy, to: input, loops)
        }
    }

    package func scale(_ x: Tensor, by factor: Float) -> Tensor {
        let input = x.place
        return tape.record(base.scale(x, by: factor)) { [loops] dy, gradients in
            loops.add(dy, to: gradients[input], by: factor)
        }
    }

    /// z = g·σ(g)·u: dg = dz · u · σ(g) · (1 + g · (1 − σ(g))), du = dz · g·σ(g).
    package func gatedSiLU(_ gate: Tensor, _ up: Tensor) -> Tensor {
        tape.record(base.gatedSiLU(gate, up)) { [base, loops] dz, gradients in
            let (gateSum, upSum, isNew) = sums(gate, up, gradients)
            let (dg, du) = (gateSum.mutableAddress, upSum.mutableAddress)
            let (gate, up) = base.remembered(gate: gate, up: up)
            let (gates, ups, dz, count) = (gate.address, up.address, dz.address, dz.shape.count)
            loops.parallel(count, cost: 16) { range in
                // Safe: five tensors of `count` values each, which their owners keep alive meanwhile.
                let i = range.lowerBound
                loops.kernels.table.gate_gradients(
                    gates + i, ups + i, dz + i, dg + i, du + i, range.count, isNew ? 1 : 0)
            }
        }
    }

    /// Gradients of two tensors, which are both new or both there.
    private func sums(_ a: Tensor, _ b: Tensor, _ gradients: Gradients) -> (Tensor, Tensor, isNew: Bool) {
        guard a.storage !== b.storage, gradients.isNew(a.place), gradients.isNew(b.place) else {
            return (gradients[a], gradients[b], false)
        }
        return (gradients.sum(a.place).tensor, gradients.sum(b.place).tensor, true)
    }

    /// dx = dy · y · (1 − y).
    package func sigmoid(_ x: Tensor) -> Tensor {
        let (y, input) = (base.sigmoid(x), x.place)
        return tape.record(y) { [loops] dy, gradients in
            loops.forEachRow(y, dy, gradients[input], cost: 4) { y, dy, dx in
                for i in 0..<input.shape.width { dx[i] += dy[i] * y[i] * (1 - y[i]) }
            }
        }
    }
}
