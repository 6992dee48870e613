import Models

/// Which form latent attention takes at each position of a sequence.
///
/// The two forms round differently, and which one is faster depends on how many tokens are computed at once. An engine
/// computes them in pieces that depend on who else is there. So the form is decided as if the request were alone: its
/// prompt in chunks of the usual length from the first token on, then token by token.
struct FormPlan {
    private let decoder: Decoder
    private let setting: LatentForm
    private let chunkLength: Int
    private let promptCount: Int

    init(_ model: LanguageModel, promptCount: Int) {
        decoder = model.decoder
        setting = model.settings.latentForm
        chunkLength = max(model.settings.chunkLength, 1)
        self.promptCount = promptCount
    }

    /// The form at `position`.
    func form(at position: Int) -> LatentForm {
        guard position < promptCount else { return decoder.formOfSingleTokens(setting) }
        let start = position / chunkLength * chunkLength
        return decoder.form(setting, rows: min(chunkLength, promptCount - start))
    }

    /// Where the piece that begins at `position` must end, so that all of it takes one form.
    func end(after position: Int) -> Int {
        position < promptCount ? min((position / chunkLength + 1) * chunkLength, promptCount) : .max
    }

    /// What the page with these `tokens`, the first at `position`, depends on; `nil` if its rows take different forms.
    func content(of tokens: ArraySlice<Int32>, at position: Int) -> PageContent? {
        let (form, end) = (form(at: position), position + tokens.count)
        var next = self.end(after: position)
        while next < end {
            guard self.form(at: next) == form else { return nil }
            next = self.end(after: next)
        }
        return PageContent(tokens: Array(tokens), form: form)
    }

    /// The forms of the pages that hold `tokens`, the first of the sequence.
    func pages(of tokens: ArraySlice<Int32>, rows: Int) -> [LatentForm] {
        stride(from: tokens.startIndex, to: tokens.endIndex, by: rows).map { form(at: $0) }
    }
}
