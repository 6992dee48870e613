import Checkpoints
import Models
import Tensors

/// A pair of random numbers for each of a model's matrices that `isMeant` picks.
func randomAdapter(
    for checkpoint: any Checkpoint, rank: Int = 3, seed: UInt64 = 1, isMeant: (AdapterModule) -> Bool = { _ in true }
) throws -> Adapter {
    var random = SeededNumbers(seed: seed)
    let modules = try AdapterModule.all(of: checkpoint).modules.filter(isMeant)
    let pairs = modules.map { module in
        let bound = 0.5 / Float(module.inputs).squareRoot()
        return Adapter.Pair(
            module, a: Tensor(random.floats(rank * module.inputs, in: -bound...bound), shape: [rank, module.inputs]),
            b: Tensor(random.floats(module.outputs * rank, in: -1...1), shape: [module.outputs, rank]), alpha: 2)
    }
    return Adapter(pairs, isRankStabilized: false, format: checkpoint.format)
}
