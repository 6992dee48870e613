import Foundation

extension RecordingOperations {
    package func add(_ a: Tensor, _ b: Tensor) -> Tensor {
        tape.record(base.add(a, b)) { dy, gradients in
            gradients[a].accumulate(dy)
            gradients[b].accumulate(dy)
        }
    }

    package func addBias(_ x: Tensor, _ bias: Tensor) -> Tensor {
        tape.record(base.addBias(x, bias)) { dy, gradients in
            gradients[x].accumulate(dy)
            if bias.isOwnMemory {
                gradients[bias].reshaped([1, bias.shape.count])
                    .addColumns(0, dy, 0..<dy.shape.width, repeats: dy.shape.rows)
            }
        }
    }

    package func scale(_ x: Tensor, by factor: Float) -> Tensor {
        tape.record(base.scale(x, by: factor)) { dy, gradients in gradients[x].accumulate(dy, by: factor) }
    }

    /// z = g·σ(g)·u: dg = dz · u · σ(g) · (1 + g · (1 − σ(g))), du = dz · g·σ(g).
    package func gatedSiLU(_ gate: Tensor, _ up: Tensor) -> Tensor {
        tape.record(base.gatedSiLU(gate, up)) { [base] dz, gradients in
            let (dg, du) = (gradients[gate], gradients[up])
            let (gate, up) = base.remembered(gate: gate, up: up)
            gate.withFloats { gate in
                up.withFloats { up in
                    dz.withFloats { dz in
                        dg.withMutableFloats { dg in
                            du.withMutableFloats { du in
                                for i in dz.indices {
                                    let s = 1 / (1 + exp(-gate[i]))
                                    dg[i] += dz[i] * up[i] * s * (1 + gate[i] * (1 - s))
                                    du[i] += dz[i] * gate[i] * s
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// dx = dy · y · (1 − y).
    package func sigmoid(_ x: Tensor) -> Tensor {
        let y = base.sigmoid(x)
        return tape.record(y) { dy, gradients in
            y.withFloats { y in
                dy.withFloats { dy in
                    gradients[x].withMutableFloats { dx in
                        for i in dx.indices { dx[i] += dy[i] * y[i] * (1 - y[i]) }
                    }
                }
            }
        }
    }
}
