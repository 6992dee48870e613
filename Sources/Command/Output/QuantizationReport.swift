import Isobath
import Quantization
import Tensors
import Reports

/// What a recipe makes of a model: sizes, and the types of its tensors.
struct QuantizationReport {
    let plan: QuantizationPlan

    init(_ plan: QuantizationPlan) { self.plan = plan }

    func print(asJSON: Bool, everyTensor: Bool, withMachines: Bool) throws {
        if asJSON { return try StandardOutput.json(JSON(plan), pretty: true) }
        try StandardOutput.line(summary)
        try StandardOutput.line()
        try StandardOutput.line(everyTensor ? tensorTable : moduleTable)
        if withMachines, !plan.fits.isEmpty { try StandardOutput.line("\n" + fitTable) }
    }

    private var fitTable: String {
        let rows = plan.fits.map { fit in
            [
                fit.machine, fit.cache.rawValue, Format.bytes(fit.cacheBytes), Format.bytes(fit.bytesPerDevice),
                !fit.fits ? "no" : fit.isTight ? "barely" : "yes",
            ]
        }
        let tokens = plan.fits.first.map { Format.count($0.tokens) } ?? ""
        return Format.table(
            [["machine", "cache", "for \(tokens) tokens", "a device", "fits"]] + rows, rightAligned: [2, 3])
    }

    private var summary: String {
        let gibibytes = Double(plan.byteCount) / 1_073_741_824
        let size = gibibytes < 1 ? Format.bytes(plan.byteCount) : "\(Format.decimal(gibibytes)) GiB"
        return "\(plan.recipe.name): \(Format.count(plan.parameterCount)) parameters in \(size), "
            + "\(Format.decimal(plan.bitsPerWeight)) bits a weight"
    }

    private var tensorTable: String {
        let rows = plan.entries.map {
            [$0.name, "\($0.shape)", $0.type.rawValue, Format.bytes($0.byteCount), $0.reason]
        }
        return Format.table([["tensor", "shape", "type", "bytes", "because"]] + rows, rightAligned: [3])
    }

    /// Tensors that differ in their layer alone stand together.
    private var moduleTable: String {
        var modules: [(name: String, entries: [QuantizationPlan.Entry])] = []
        var places: [String: Int] = [:]
        for entry in plan.entries {
            let name = moduleName(ofTensor: entry.name)
            if let place = places[name] {
                modules[place].entries.append(entry)
            } else {
                places[name] = modules.count
                modules.append((name, [entry]))
            }
        }
        let rows = modules.map { module in
            [
                module.name, "\(module.entries.count)", Format.count(module.entries.reduce(0) { $0 + $1.shape.count }),
                types(module.entries), Format.bytes(module.entries.reduce(0) { $0 + $1.byteCount }),
            ]
        }
        return Format.table(
            [["tensors", "count", "parameters", "types", "bytes"]] + rows, rightAligned: [1, 2, 4])
    }

    /// "Q6_K × 30, Q4_K × 31": one type without its count.
    private func types(_ entries: [QuantizationPlan.Entry]) -> String {
        var counts: [(type: ElementType, count: Int)] = []
        for entry in entries {
            if let place = counts.firstIndex(where: { $0.type == entry.type }) {
                counts[place].count += 1
            } else {
                counts.append((entry.type, 1))
            }
        }
        if let only = counts.first, counts.count == 1 { return only.type.rawValue }
        return counts.map { "\($0.type.rawValue) × \($0.count)" }.joined(separator: ", ")
    }

    // MARK: JSON

    private struct JSON: Encodable {
        let recipe: String
        let totalBytes: Int
        let parameters: Int
        let bitsPerWeight: Double
        let tensors: [Entry]
        let machines: [MachineFit]

        struct Entry: Encodable {
            let name: String
            let type: String
            let shape: [Int]
            let bytes: Int
            let reason: String
        }

        init(_ plan: QuantizationPlan) {
            machines = plan.fits
            (recipe, totalBytes, parameters) = (plan.recipe.name, plan.byteCount, plan.parameterCount)
            bitsPerWeight = plan.bitsPerWeight
            tensors = plan.entries.map {
                Entry(
                    name: $0.name, type: $0.type.rawValue, shape: $0.shape.array, bytes: $0.byteCount,
                    reason: $0.reason)
            }
        }
    }

    // MARK: Recipes

    private struct RecipeLine: Encodable {
        let name: String
        let about: String
    }

    static func printRecipes(asJSON: Bool) throws {
        let lines = try Recipe.shipped().map { RecipeLine(name: $0.name, about: $0.about) }
        if asJSON { return try StandardOutput.json(lines, pretty: true) }
        try StandardOutput.line(Format.table([["recipe", "about"]] + lines.map { [$0.name, $0.about] }))
    }
}
