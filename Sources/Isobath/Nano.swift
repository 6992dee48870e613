import Generation
import Hub

extension LanguageModel {
    /// Isobath Nano, the model that comes with the package: something to try with no download.
    ///
    ///     let model = try LanguageModel.nano()
    ///
    /// - Parameter settings: how it is opened and run.
    /// - Throws: `InputError.Kind.missing` if the program was moved without its resources, or what opening throws.
    public static func nano(_ settings: EngineSettings = EngineSettings()) throws -> LanguageModel {
        try LanguageModel(path: ShippedModel.nano.path(), settings: settings)
    }
}
