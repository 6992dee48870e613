import Checkpoints
import Models
import Tensors

/// The values of a synthetic model's tensors, by what they are for.
struct RandomTensors {
    private let tensors: [(specification: TensorSpecification, plan: TensorPlan)]
    private let divisors: [Float]
    /// Whether the embedding is the head too, and so must have the deviation of a matrix.
    private let isTied: Bool
    private let seed: UInt64
    private var pools: [Key: RowPool] = [:]

    /// The tensors that share a pool.
    private struct Key: Hashable {
        let type: ElementType
        let width: Int
        let isEmbedding: Bool
    }

    init(
        _ tensors: some Sequence<(TensorSpecification, TensorPlan)>, _ configuration: DecoderConfiguration,
        seed: UInt64
    ) {
        self.tensors = tensors.map { ($0, $1) }
        self.seed = seed
        divisors = configuration.rotary.ggufDivisors ?? []
        isTied = configuration.tiesEmbeddings
    }

    /// Calls `body` with the bytes of tensor number `index`, piece by piece.
    mutating func forEachPiece(ofTensor index: Int, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        let (specification, plan) = tensors[index]
        switch specification.role {
        case .rotaryDivisors: try body(plan.type.encoded(divisors)[...])
        case .selectionBias: try body(plan.type.encoded(selectionBias(specification))[...])
        case let role where role.isNorm:
            try body(plan.type.encoded([Float](repeating: 1, count: plan.shape.count))[...])
        default: try pool(key(of: index)).forEachPiece(rows: plan.shape.rows, tensor: index, body)
        }
    }

    /// Small beside the scores, which a larger one would hold to the same experts for all tokens.
    private func selectionBias(_ specification: TensorSpecification) -> [Float] {
        var numbers = NormalNumbers(seed: seed, name: specification.name)
        let count = specification.shape.count
        return numbers.next(count, deviation: 1 / Float(count))
    }

    // MARK: Pools

    private func key(of index: Int) -> Key {
        let (specification, plan) = tensors[index]
        return Key(
            type: plan.type, width: plan.shape.width, isEmbedding: specification.role == .embedding && !isTied)
    }

    private mutating func pool(_ key: Key) -> RowPool {
        if let pool = pools[key] { return pool }
        let rows = tensors.indices.filter { self.key(of: $0) == key }.map { tensors[$0].plan.shape.rows }.max() ?? 1
        let deviation = key.isEmbedding ? 1 : 1 / Float(key.width).squareRoot()
        let pool = RowPool(type: key.type, width: key.width, rows: rows, deviation: deviation, seed: seed)
        pools[key] = pool
        return pool
    }
}
