import ArgumentParser
import Files
import Hub
import Isobath

extension ModelLocation {
    /// What a person called MODEL; says so where the model that comes along is meant but was not named.
    static func meant(by model: String?) throws -> ModelLocation {
        if model == nil { StandardOutput.remark(ShippedModel.standard.remarkWhenMeant) }
        return try resolve(model)
    }
}

extension LanguageModel {
    /// Opens what a person called MODEL.
    static func open(_ model: String?, _ engine: EngineOptions) throws -> LanguageModel {
        try LanguageModel(path: ModelLocation.meant(by: model).path, settings: engine.settings())
    }
}

/// Token ids as people write them: numbers between commas, spaces or brackets.
///
/// - Throws: `InputError` naming the first thing that is no token id.
func parseTokens(_ text: String, source: String) throws -> [Int32] {
    try text.split { $0 == "," || $0 == "[" || $0 == "]" || $0.isWhitespace }.map { part in
        guard let id = Int32(part), id >= 0 else {
            throw InputError(
                .invalidValue, source: source, found: "found \"\(part.prefix(40))\"",
                expected: "token ids, numbers from 0 on with commas between them", advice: "give ids like 1,2,3")
        }
        return id
    }
}
