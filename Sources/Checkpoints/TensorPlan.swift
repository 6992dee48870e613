import Tensors

/// A tensor that a file will hold.
package struct TensorPlan: Sendable, Equatable {
    /// Its name; in GGUF under 64 bytes, as llama.cpp wants it.
    package let name: String
    /// Outermost first.
    package let shape: Shape
    /// How its values are stored; in safetensors as plain numbers.
    package let type: ElementType

    package init(name: String, shape: Shape, type: ElementType) {
        (self.name, self.shape, self.type) = (name, shape, type)
    }
}
