import Files
import Models
import Quantization
import Reports

/// What recipes make of a model of which only the shape is known: sizes, and which machines they fit.
package struct ShapeStudy: Sendable, Encodable {
    /// What one recipe makes of it.
    package struct Variant: Sendable, Encodable {
        package let name: String
        package let bytes: Int
        package let bitsPerWeight: Double
        /// Memory and fit, by machine and kind of cache.
        package let machines: [MachineFit]
    }

    package let model: String
    package let parameters: Int
    package let variants: [Variant]

    /// - Throws: `InputError` for fields that describe no model.
    package init(_ model: String, fields: JSONObject, source: String, recipes: [Recipe]) throws {
        // Without prediction layers, as the files are that people run.
        let fields = try ShapeVariation().applied(to: fields, source: source)
        let configuration = try DecoderConfiguration(huggingFace: fields, source: source)
        let plans = recipes.map { QuantizationPlan($0, configuration) }
        self.model = model
        parameters = plans.first?.parameterCount ?? 0
        variants = plans.map {
            Variant(name: $0.recipe.name, bytes: $0.byteCount, bitsPerWeight: $0.bitsPerWeight, machines: $0.fits)
        }
    }

    /// The study as people read it.
    package var document: Document {
        let machines = variants.first?.machines ?? []
        let tokens = machines.first?.tokens ?? 0
        let sizes = DocumentTable(
            ["recipe", "GiB", "bits a weight"]
                + machines.map { "\($0.machine), \($0.cache.rawValue) cache" },
            variants.map { variant in
                [variant.name, gibibytes(variant.bytes), Format.decimal(variant.bitsPerWeight)]
                    + variant.machines.map { "\(Format.bytes($0.bytesPerDevice)) each: \(verdict($0))" }
            }, numeric: [1, 2])
        let plot = Plot(
            title: "Size", x: .init("bits a weight"), y: .init("GiB"),
            series: [
                .init(
                    "",
                    variants.map {
                        .init(x: $0.bitsPerWeight, y: Double($0.bytes) / 1_073_741_824, label: $0.name)
                    })
            ])
        return Document(
            title: "What recipes make of \(model)",
            blocks: [
                .paragraph(
                    "Reckoned from the shapes of \(Format.count(parameters)) parameters, with a cache for \(tokens) tokens in f16: of "
                        + "latents where the model has them, and of the keys and values of all heads. Computing takes some "
                        + "percent more memory than is said here."),
                .table(sizes), .plot(plot),
            ])
    }

    private func gibibytes(_ bytes: Int) -> String { String(format: "%.1f", Double(bytes) / 1_073_741_824) }

    private func verdict(_ fit: MachineFit) -> String { !fit.fits ? "no" : fit.isTight ? "barely" : "fits" }
}
