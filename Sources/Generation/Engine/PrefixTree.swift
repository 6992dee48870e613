import Models

/// What a full page of keys and values depends on, beside the pages before it.
struct PageContent: Hashable, Sendable {
    /// The tokens of its rows.
    let tokens: [Int32]
    /// The form that latent attention took for them, which rounds in its own way.
    let form: LatentForm
}

/// Full pages of keys and values, found by the tokens that they and all pages before them hold.
///
/// A tree: a page's children are the pages that follow it in some sequence. Tokens are compared as they are, so that no
/// request can get what another one's tokens left behind. Pages that no sequence holds are forgotten when memory is
/// needed, those first that were used longest ago, and a page never before those that follow it.
struct PrefixTree {
    /// The place before the first page.
    static let root = 0

    private struct Key: Hashable {
        let parent: Int
        let content: PageContent
    }

    /// A class, so that looking whether its page is held by others does not hold the page.
    private final class Node {
        let key: Key
        var page: KeyValuePage
        var children = 0
        var lastUse: UInt64 = 0

        init(_ key: Key, _ page: KeyValuePage) { (self.key, self.page) = (key, page) }

        func isUnused() -> Bool { isKnownUniquelyReferenced(&page) }
    }

    private var nodes: [Int: Node] = [:]
    private var children: [Key: Int] = [:]
    private var nextID = PrefixTree.root + 1
    private var clock: UInt64 = 0

    /// Pages in the tree.
    var count: Int { nodes.count }

    /// The page with `content` that follows `parent`; `nil` if there is none.
    mutating func child(of parent: Int, _ content: PageContent) -> (id: Int, page: KeyValuePage)? {
        guard let id = children[Key(parent: parent, content: content)], let page = nodes[id]?.page else { return nil }
        touch(id)
        return (id, page)
    }

    /// Adds a page that follows `parent`, unless there is one with the same content already.
    /// - Returns: the one that is in the tree.
    mutating func insert(_ page: KeyValuePage, _ content: PageContent, after parent: Int) -> (
        id: Int, page: KeyValuePage
    ) {
        if let known = child(of: parent, content) { return known }
        let (id, key) = (nextID, Key(parent: parent, content: content))
        nextID += 1
        children[key] = id
        nodes[parent]?.children += 1
        nodes[id] = Node(key, page)
        touch(id)
        return (id, page)
    }

    private mutating func touch(_ id: Int) {
        clock += 1
        nodes[id]?.lastUse = clock
    }

    /// Pages that nobody but the tree holds.
    func countOfUnused() -> Int { nodes.values.count { $0.isUnused() } }

    /// Forgets up to `count` pages that nobody holds.
    /// - Returns: how many were forgotten.
    mutating func forget(_ count: Int) -> Int {
        var forgotten = 0
        // Each round takes the pages behind which nothing follows; what they followed may be next.
        while forgotten < count {
            let ends = nodes.filter { $0.value.children == 0 && $0.value.isUnused() }
                .sorted { $0.value.lastUse < $1.value.lastUse }
            if ends.isEmpty { break }
            // Half at most in a round, so that pages before old ends go before recent ends do.
            for end in ends.prefix(min(count - forgotten, (ends.count + 1) / 2)) {
                remove(end.key)
                forgotten += 1
            }
        }
        return forgotten
    }

    private mutating func remove(_ id: Int) {
        guard let node = nodes.removeValue(forKey: id) else { return }
        children[node.key] = nil
        nodes[node.key.parent]?.children -= 1
    }
}
