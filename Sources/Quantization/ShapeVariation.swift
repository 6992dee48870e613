import Files

/// A released shape with other numbers of layers.
package struct ShapeVariation: Sendable {
    /// Main layers; as released where `nil`.
    package var layers: Int?
    /// How many of them, from the first, are dense; as released where `nil`, but no more than there are layers.
    package var denseLayers: Int?
    /// Multi-token-prediction layers. Converters leave out those of released models, so 0 unless given.
    package var predictionLayers: Int

    package init(layers: Int? = nil, denseLayers: Int? = nil, predictionLayers: Int = 0) {
        self.layers = layers
        self.denseLayers = denseLayers
        self.predictionLayers = predictionLayers
    }

    /// The fields of a `config.json`, changed.
    /// - Throws: `InputError` naming the option that does not go with the shape.
    package func applied(to fields: JSONObject, source: String) throws -> JSONObject {
        let check = VariationCheck(fields: fields, source: source)
        var changes: [(key: String, value: Int)] = []
        if let layers {
            try check.require(layers, in: 1...4096, "--layers")
            changes.append(("num_hidden_layers", layers))
        }
        let released = fields["first_k_dense_replace"]?.integer
        let count = layers ?? fields["num_hidden_layers"]?.integer ?? 0
        if let denseLayers {
            try check.requireMixture("--dense-layers")
            try check.require(denseLayers, in: 0...count, "--dense-layers")
            changes.append(("first_k_dense_replace", denseLayers))
        } else if let released, released > count {
            changes.append(("first_k_dense_replace", count))
        }
        try check.require(predictionLayers, in: 0...1, "--prediction-layers")
        if predictionLayers > 0 { try check.requireLatent("--prediction-layers") }
        changes.append(("num_nextn_predict_layers", predictionLayers))
        return fields.setting(changes)
    }
}

extension JSONObject {
    fileprivate func setting(_ changes: [(key: String, value: Int)]) -> JSONObject {
        let changed = Set(changes.map(\.key))
        return JSONObject(
            members.filter { !changed.contains($0.key) } + changes.map { ($0.key, .number(String($0.value))) })
    }
}

private struct VariationCheck {
    let fields: JSONObject
    let source: String

    func require(_ value: Int, in range: ClosedRange<Int>, _ option: String) throws {
        guard !range.contains(value) else { return }
        throw InputError(
            .invalidValue, source: source, field: option, found: "found \(value)",
            expected: "\(range.lowerBound) to \(range.upperBound)", advice: "give a number in that range")
    }

    func requireMixture(_ option: String) throws {
        if fields["n_routed_experts"]?.integer != nil { return }
        throw unsupported(option, "found a shape without experts", "a mixture of experts")
    }

    func requireLatent(_ option: String) throws {
        if fields["n_routed_experts"]?.integer != nil, fields["kv_lora_rank"]?.integer != nil { return }
        throw unsupported(option, "found a shape of another family", "a shape of DeepSeek-V2 or V3")
    }

    private func unsupported(_ option: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .unsupported, source: source, field: option, found: found, expected: expected,
            advice: "leave the option out, or choose another shape")
    }
}
