import Models
import Tensors

/// A tensor of a model in the layout of a container, whatever container its values lie in.
package struct ModelTensor: Sendable {
    /// What it is called there.
    package let name: String
    /// What it is for; `nil` where nobody has to know.
    let role: TensorRole?
    /// Outermost first.
    package let shape: Shape
    /// The type that holds its values as they are: the stored one, or the plain one that comes closest.
    package let type: ElementType
    /// Its values, decoded as they are asked for.
    let rows: AssembledRows
    /// The file or folder that the values come from, for errors.
    let source: String
}

extension ElementType {
    /// The plain type of a GGUF file for values that are stored in `types`: wide enough for all of them, but for FP8 with
    /// its scales and quantized values, which become bf16.
    static func plain(for types: Set<ElementType>) -> ElementType {
        let plain = Set(types.map { $0.valuesPerBlock > 1 || $0 == .f8e4m3 ? ElementType.bf16 : $0 })
        guard plain.count == 1, let only = plain.first, only == .f16 || only == .bf16 else { return .f32 }
        return only
    }
}
