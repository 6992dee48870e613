extension ElementType {
    /// Whether products of such weights with 8-bit activations are computed as integers.
    package var hasIntegerKernels: Bool { IntegerKernels(self, form: .scalar) != nil }
}
