import Files

/// What a hub's answers other than success mean.
enum HubAnswer {
    /// Passes on success; the rest becomes an error.
    /// - Throws: `TransientFailure` where the hub is busy or broken, `InputError` where asking again would not help.
    static func check(_ response: HubResponse, _ reference: ModelReference, endpoint: HubAddress) throws {
        if let encoding = response.headers["content-encoding"], encoding.lowercased() != "identity" {
            throw InputError(
                .unsupported, source: response.address.text, field: "Content-Encoding",
                found: "found \(printable(encoding, limit: 40))", expected: "bytes as they are, which were asked for",
                advice: "use another hub with --endpoint, or look for a proxy on the way")
        }
        guard !(200...299).contains(response.status) else { return }
        if [408, 425, 429].contains(response.status) || response.status >= 500 {
            throw TransientFailure(
                reason: "found that \(response.address.origin.host) answers with status \(response.status)",
                retryAfter: RetryPolicy.retryAfter(response.headers["retry-after"]))
        }
        throw refusal(response, reference, endpoint)
    }

    private static func refusal(
        _ response: HubResponse, _ reference: ModelReference, _ endpoint: HubAddress
    ) -> InputError {
        let page = endpoint.appending([reference.repository.owner, reference.repository.name]).text
        let code = response.headers["x-error-code"]
        func error(_ kind: InputError.Kind, _ found: String, _ expected: String, _ advice: String) -> InputError {
            InputError(kind, source: reference.description, found: "found \(found)", expected: expected, advice: advice)
        }
        // What a storage answers says nothing about the repository.
        switch (response.status, response.address.origin == endpoint.origin ? code : "") {
        case (_, ""?):
            return error(
                .unreadable, "that \(response.address.origin.host) answers with status \(response.status)", "the file",
                "try again later")
        case (_, "GatedRepo"?), (403, _):
            return error(
                .unreadable, "that \(endpoint.origin.host) asks for consent to the model's terms",
                "a model that may be read",
                "accept the terms at \(page), and give your token in HF_TOKEN")
        case (_, "RevisionNotFound"?):
            return error(
                .missing, "no revision \(reference.revisionOrDefault)", "a branch, tag or commit of the repository",
                "look at \(page)/tree/main")
        case (401, _), (_, "RepoNotFound"?), (404, nil):
            return error(
                .missing, "no such repository at \(endpoint.text), or one that is private", "the name of a repository",
                "check the name; for a private one, give your token in HF_TOKEN")
        case (404, _):
            return error(
                .missing, "that a file of the list is not there", "all files of the list", "try again later")
        default:
            return error(
                .unreadable, "that \(response.address.origin.host) answers with status \(response.status)", "the file",
                "try again later, or use another hub with --endpoint")
        }
    }
}
