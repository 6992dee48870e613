import Files

extension ParseStates {
    /// The tokens of `trie` that may follow `state`.
    ///
    /// One walk through the tree: below a byte that may not come no token is looked at, and where every byte below a node
    /// leads back to the same state, as most text in a string does, its tokens are taken together.
    /// - Throws: `InputError` if that takes more steps than the grammar's limits allow.
    mutating func mask(_ state: Int32, _ trie: TokenTrie, size: Int) throws -> TokenMask {
        var mask = TokenMask(size: size)
        let limit = steps + network.limits.steps
        // The states behind the nodes above, with the ends of these nodes' descendants.
        var path = [(end: Int32(trie.count), state: state)]
        var node = 0
        while node < trie.count {
            while let last = path.last, last.end <= node { path.removeLast() }
            let next = try next(path[path.count - 1].state, trie.bytes[node])
            let end = Int(trie.ends[node])
            if next < 0 {
                node = end
                continue
            }
            if steps > limit { throw tooManySteps }
            let isLoop = end > node + 1 && loops[Int(next)].contains(trie.below[node])
            for place in trie.firstTokens[node]..<trie.firstTokens[isLoop ? end : node + 1] {
                mask.insert(trie.tokens[Int(place)])
            }
            if isLoop {
                node = end
                continue
            }
            if end > node + 1 { path.append((Int32(end), next)) }
            node += 1
        }
        return mask
    }

    private var tooManySteps: InputError {
        InputError(
            .excessive, source: network.source, field: "automaton",
            found: "found that more than \(network.limits.steps) steps are needed to tell which tokens may follow",
            expected: "at most that many", advice: "make the grammar less ambiguous")
    }
}
