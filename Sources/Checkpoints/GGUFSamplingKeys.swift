import Files

/// Settings of `generation_config.json`, and the keys that GGUF has for them.
package enum GGUFSamplingKeys {
    /// Numbers with a fraction.
    package static let decimals = [
        (name: "temperature", key: "general.sampling.temp"), (name: "top_p", key: "general.sampling.top_p"),
        (name: "min_p", key: "general.sampling.min_p"),
        (name: "repetition_penalty", key: "general.sampling.penalty_repeat"),
    ]
    /// The one whole number.
    package static let count = (name: "top_k", key: "general.sampling.top_k")

    /// What a `generation_config.json` of the model in a GGUF file with these fields would say.
    package static func generationFields(_ fields: JSONObject) -> JSONObject {
        JSONObject((decimals + [count]).compactMap { name, key in fields[key].map { (name, $0) } })
    }
}
