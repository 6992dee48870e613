// Movement of rows and columns, and back.

extension RecordingOperations {
    package func rows(_ indices: [Int32], of table: Weight) -> Tensor {
        tape.record(base.rows(indices, of: table)) { [loops] dy, gradients in
            if table.tensor.isOwnMemory { loops.scatter(dy, to: indices, of: gradients[table.tensor]) }
        }
    }

    package func gatherRows(_ x: Tensor, _ indices: [Int32]) -> Tensor {
        let input = x.place
        return record(base.gatherRows(x, indices), from: x) { [loops] dy, gradients in
            loops.scatter(dy, to: indices, of: gradients[input])
        }
    }

    package func pick(_ x: Tensor, _ columns: [Int32]) -> Tensor {
        let input = x.place
        return record(base.pick(x, columns), from: x) { dy, gradients in
            let (width, count) = (input.shape.width, dy.shape.width)
            dy.withFloats { dy in
                gradients[input].withMutableFloats { dx in
                    for (place, column) in columns.enumerated() {
                        dx[place / count * width + Int(column)] += dy[place]
                    }
                }
            }
        }
    }

    package func columns(_ x: Tensor, _ range: Range<Int>) -> Tensor {
        let input = x.place
        return record(base.columns(x, range), from: x) { [loops] dy, gradients in
            loops.addColumns(of: dy, 0..<range.count, to: gradients[input], at: range.lowerBound)
        }
    }

    package func join(_ a: Tensor, _ b: Tensor) -> Tensor {
        let (first, second) = (a.place, b.place)
        return record(base.join(a, b), from: a, b) { [loops] dy, gradients in
            let (left, width) = (first.shape.width, first.shape.width + second.shape.width)
            let (a, b) = (gradients.sum(first), gradients.sum(second))
            loops.addColumns(of: dy, 0..<left, to: a.tensor, at: 0, isNew: a.isNew)
            loops.addColumns(
                of: dy, left..<width, to: b.tensor, at: 0, repeats: first.shape.rows / max(second.shape.rows, 1),
                isNew: b.isNew)
        }
    }

    package func stack(_ parts: [Tensor]) -> Tensor {
        let places = parts.map(\.place)
        return tape.record(base.stack(parts)) { [loops] dy, gradients in
            var start = 0
            for part in places where part.shape[0] > 0 {
                loops.add(dy.slice(start..<start + part.shape[0]), to: gradients[part])
                start += part.shape[0]
            }
        }
    }

    /// Σⱼ w[i, j] · x[place(i, j)]: each place gets its token's gradient times its weight, and the weight the product of both.
    package func combineRows(_ x: Tensor, weights: Tensor, places: [Int32]) -> Tensor {
        record(base.combineRows(x, weights: weights, places: places), from: x, weights) { [loops] dy, gradients in
            let (count, width) = (weights.shape[1], x.shape.width)
            // A place that is meant twice belongs to one thread; if each is meant once, none is left out.
            let isApart = Set(places).count == places.count
            let isWhole = isApart && places.count == x.shape.rows
            let sum = isWhole ? gradients.sum(x.place) : GradientSum(tensor: gradients[x], isNew: false)
            let (dx, dw) = (sum.tensor.mutableAddress, gradients[weights].mutableAddress)
            let (x, w, dy) = (x.address, weights.address, dy.address)
            let body = { (slots: Range<Int>) in
                for slot in slots {
                    // Safe: the forward pass checked the places.
                    let (from, to) = (slot / count * width, Int(places[slot]) * width)
                    if sum.isNew { (dx + to).update(repeating: 0, count: width) }
                    loops.floats.addScaled(w[slot], dy + from, to: dx + to, count: width)
                    dw[slot] += loops.floats.dot(dy + from, x + to, count: width)
                }
            }
            if isApart { loops.parallel(places.count, cost: 2 * width, body) } else { body(places.indices) }
        }
    }

    package func rotate(_ x: Tensor, _ rotation: Rotation) -> Tensor {
        let input = x.place
        return record(base.rotate(x, rotation), from: x) { [base, loops] dy, gradients in
            // Turning is orthogonal: its transpose turns back.
            let back = Rotation(
                cosines: rotation.cosines, sines: base.scale(rotation.sines, by: -1), pairing: rotation.pairing)
            gradients.give(base.rotate(dy, back), to: input, loops)
        }
    }
}
