/// Which weights belong to linear layers, and where in a layer each stands: what low precision applies to.
///
/// Weights are told apart by the memory that they look into, so that a head's rows or an expert's matrix are what the whole is.
/// Whatever is not named here is left as it is: embedding, head, gates, and matrices that are no parameters at all.
package struct LinearWeights: Sendable {
    /// What the recipe of DeepSeek-V3 (arXiv 2412.19437) §3.3 and §3.4 tells apart.
    package enum Place: Sendable, Equatable {
        case plain
        /// The linear layer after attention, whose input is cached with more bits.
        case afterAttention
        /// Gate and up projection of routed experts, whose input is sent to them in FP8.
        case expertInput
        /// Down projection of routed experts, whose gradient is sent to them in FP8.
        case expertOutput
    }

    private struct Entry {
        /// Kept, so that no other storage takes its identity.
        let storage: Storage
        let place: Place
    }

    private let entries: [ObjectIdentifier: Entry]

    package init(_ weights: [(weight: Weight, place: Place)]) {
        var entries: [ObjectIdentifier: Entry] = [:]
        for (weight, place) in weights {
            let storage = weight.tensor.storage
            entries[ObjectIdentifier(storage)] = Entry(storage: storage, place: place)
        }
        self.entries = entries
    }

    /// Where `weight` stands; `nil` if it is no linear layer's.
    package subscript(weight: Weight) -> Place? { entries[ObjectIdentifier(weight.tensor.storage)]?.place }
}
