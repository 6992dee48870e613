import Isobath

extension Corpus {
    /// The text in the file `path`, or on standard input under the name "-".
    /// - Throws: `InputError` if it cannot be read or is not UTF-8.
    init(named path: String, parsingSpecialTokens: Bool = false) throws {
        if path == "-" {
            try self.init(try readStandardInput(), source: "standard input")
        } else {
            try self.init(path: path)
        }
        parsesSpecialTokens = parsingSpecialTokens
    }
}
