import CKernels

/// A loop that keeps one core's multipliers busy with numbers of one kind, and does nothing else.
package struct PeakLoop: Sendable {
    /// What is multiplied.
    package enum Kind: String, Sendable, CaseIterable {
        case int8, int16, bf16, f32
    }

    private let loop: isobath_peak_loop
    /// 1, or the small integers 1, in the kind's format.
    private let operands: Storage

    /// The instructions that do it.
    package var instructions: String { String(cString: loop.instructions) }
    /// Operations of an iteration: two for each multiply-add.
    package var operationsPerIteration: Int { loop.operations }

    /// - Returns: `nil` if this processor cannot run the form, or the form has no such numbers.
    package init?(_ kind: Kind, form: FloatKernels.Form) {
        let kernelKind = kind.kernelKind
        let found =
            switch form {
            case .scalar: isobath_peak_loop_scalar(kernelKind)
            case .avx2: isobath_peak_loop_avx2(kernelKind)
            case .avx512: isobath_peak_loop_avx512(kernelKind)
            case .neon: isobath_peak_loop_neon(kernelKind)
            }
        guard let found else { return nil }
        loop = found.pointee
        operands = Storage(byteCount: Int(ISOBATH_PEAK_OPERANDS))
        kind.fill(operands)
    }

    /// - Returns: a number that depends on all products.
    @discardableResult
    package func run(iterations: Int) -> UInt32 {
        // Safe: the storage has the bytes that the loop goes around in, aligned to 64.
        loop.run(operands.base.assumingMemoryBound(to: UInt8.self), iterations)
    }
}

extension PeakLoop.Kind {
    fileprivate var kernelKind: isobath_peak_kind {
        switch self {
        case .int8: ISOBATH_PEAK_INT8
        case .int16: ISOBATH_PEAK_INT16
        case .bf16: ISOBATH_PEAK_BF16
        case .f32: ISOBATH_PEAK_F32
        }
    }

    /// Ones: neither zeros nor denormal numbers, which some processors treat apart.
    fileprivate func fill(_ storage: Storage) {
        // Safe: the memory is the storage's own and a whole number of each type's values.
        let bytes = UnsafeMutableRawBufferPointer(start: storage.base, count: storage.byteCount)
        switch self {
        case .int8: bytes.initializeMemory(as: UInt8.self, repeating: 1)
        case .int16: bytes.initializeMemory(as: UInt16.self, repeating: 1)
        case .bf16: bytes.initializeMemory(as: UInt16.self, repeating: 0x3F80)
        case .f32: bytes.initializeMemory(as: Float.self, repeating: 1)
        }
    }
}
