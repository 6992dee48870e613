import Models
import Tensors

/// How a model is executed. None of it changes what the model is; some of it changes how numbers are rounded.
public struct EngineSettings: Sendable, Equatable {
    /// Which implementation of the operations runs.
    public enum Engine: String, Sendable, CaseIterable, Codable {
        /// Threads over the kernels for this processor.
        case cpu
        /// Plain loops: slow, and the yardstick of everything else.
        case reference
    }

    /// Which implementation of the operations runs.
    public var engine = Engine.cpu
    /// Whether activations are rounded to 8 bits for products with quantized weights; `cpu` only, and only for products
    /// of at least `leastIntegerWidth` inputs.
    public var arithmetic = Arithmetic.eightBit
    /// How keys and values are kept: `f32` (exact), `f16`, `bf16` or `q8_0`.
    public var cacheElementType = ElementType.f32
    /// The form that latent attention takes.
    public var latentForm = LatentForm.automatic
    /// The longest sequence; the model's own limit where `nil`.
    public var contextLength: Int?
    /// The most bytes for the routed experts of a mixture, which are then read when they are chosen; `nil` to map the whole
    /// file, for models that fit into memory. Numbers are the same either way.
    public var expertMemory: Int?
    /// Whether experts that the next layer may choose are read ahead, where they are read at all.
    public var foreseesExperts = true
    /// What is added to the model's weights while it runs; nothing where `nil`.
    public var adapter: AdapterSource?
    /// The most prompt tokens that go through the model at once.
    public var chunkLength = 512

    /// The element types that a cache may have.
    public static var cacheElementTypes: [ElementType] { KeyValueLayout.elementTypes }

    /// As `chunkLength`, at least, where experts are read when they are chosen.
    static let storedChunkLength = 1024

    /// Narrower products cost little, and are computed exactly in any case.
    static let leastIntegerWidth = 1024

    /// The defaults: an exact cache, 8-bit activations where weights are quantized and wide, all cores.
    public init() {}
}

extension EngineSettings {
    /// The operations that these settings ask for, on the threads of `pool`.
    /// - Throws: `InputError` if this processor cannot run the kernels that `ISOBATH_KERNELS` names.
    package func operations(pool: ThreadPool) throws -> any Operations {
        guard engine == .cpu else { return ReferenceOperations() }
        return CPUOperations(
            kernels: try FloatKernels.selected(), pool: pool, arithmetic: arithmetic,
            leastIntegerWidth: EngineSettings.leastIntegerWidth)
    }
}
