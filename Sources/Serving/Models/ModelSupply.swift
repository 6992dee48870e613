import Hub

/// How a server that runs brings further models, and opens them.
package struct ModelSupply: Sendable {
    /// Where they are kept.
    let store: ModelStore
    /// Which hub is asked, and how.
    let options: PullOptions
    /// Opens what was pulled.
    let open: @Sendable (StoredModel) throws -> OpenModel
    /// Told of all models that are served, whenever there is another.
    let onChange: @Sendable ([OpenModel]) -> Void

    /// How a server that runs brings further models, and opens them.
    package init(
        store: ModelStore = ModelStore(), options: PullOptions = PullOptions(),
        open: @escaping @Sendable (StoredModel) throws -> OpenModel,
        onChange: @escaping @Sendable ([OpenModel]) -> Void = { _ in }
    ) {
        (self.store, self.options, self.open, self.onChange) = (store, options, open, onChange)
    }
}
