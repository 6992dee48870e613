import Files

/// The routers that the papers compare theirs with, as fields of our own in `config.json`: `isobath_routing`, and for hash layers
/// `isobath_hash_seed` (0).
enum BaselineRouting: Equatable {
    /// What the other fields say.
    case learned
    /// One expert a token, weighed by its share in the softmax over all: Fedus et al. (arXiv 2101.03961) §2.1.
    case oneExpert
    /// Two experts a token, whose weights add up to 1: Lepikhin et al. (arXiv 2006.16668) §2.2. The second one is always used,
    /// unless a run leaves it out at random as the paper does (`RandomSecondExperts`).
    case twoExperts
    /// One expert a token, by its id: Roller et al. (arXiv 2106.04426), random hash.
    case hash(seed: Int)

    /// - Throws: `InputError` for a router that there is not, a seed without a hash, or another field of ours.
    init(_ reader: FieldReader) throws {
        let known = ["isobath_routing", "isobath_hash_seed"]
        if let stray = reader.fields.members.first(where: { $0.key.hasPrefix("isobath_") && !known.contains($0.key) }) {
            throw reader.unsupported(stray.key, "a field that means nothing", known.joined(separator: " or "))
        }
        let name = try reader.string("isobath_routing", default: "learned")
        switch name {
        case "learned": self = .learned
        case "switch": self = .oneExpert
        case "gshard": self = .twoExperts
        case "hash": self = .hash(seed: try reader.integer("isobath_hash_seed", in: 0...Int(Int32.max), default: 0))
        default:
            throw reader.unsupported(
                "isobath_routing", "\"\(printable(name, limit: 60))\"", "learned, switch, gshard or hash")
        }
        if name != "hash", reader.has("isobath_hash_seed") {
            throw reader.invalid("isobath_hash_seed", "it", "no seed where isobath_routing is not hash")
        }
    }

    /// How many experts a token has then; `nil` for any number.
    fileprivate var expertsPerToken: Int? {
        switch self {
        case .learned: nil
        case .oneExpert, .hash: 1
        case .twoExperts: 2
        }
    }
}

extension MixtureConfiguration {
    /// Makes this the mixture of a baseline.
    /// - Throws: `InputError` if other fields say what the baseline does not have.
    mutating func apply(_ baseline: BaselineRouting, _ reader: FieldReader) throws {
        guard let count = baseline.expertsPerToken else { return }
        guard expertsPerToken == count else {
            throw reader.invalid(
                "num_experts_per_tok", "\(expertsPerToken)", "\(count), as isobath_routing wants it")
        }
        guard !hasSelectionBias, groupCount == 1 else {
            throw reader.invalid("topk_method", "groups or a bias", "\"greedy\", as isobath_routing wants it")
        }
        guard scoring == .softmax else {
            throw reader.invalid("scoring_func", "sigmoid", "\"softmax\", as isobath_routing wants it")
        }
        normalizesWeights = baseline == .twoExperts
        if case .hash(let seed) = baseline { choice = .hash(seed: seed) }
    }
}
