/// A binary heap whose least number comes out first.
package struct MinimumHeap {
    private var values: [Int32] = []

    /// No numbers.
    package init() {}

    package var least: Int32? { values.first }

    package mutating func push(_ value: Int32) {
        var child = values.count
        values.append(value)
        while child > 0, values[(child - 1) / 2] > value {
            values[child] = values[(child - 1) / 2]
            child = (child - 1) / 2
        }
        values[child] = value
    }

    package mutating func pop() -> Int32? {
        guard let least = values.first, let last = values.popLast() else { return nil }
        if values.isEmpty { return least }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= values.count { break }
            if child + 1 < values.count, values[child + 1] < values[child] { child += 1 }
            if values[child] >= last { break }
            values[parent] = values[child]
            parent = child
        }
        values[parent] = last
        return least
    }
}
