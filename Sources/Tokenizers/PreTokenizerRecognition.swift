import Files

/// Known pre-tokenizers are told by the patterns they are written with; patterns are never interpreted.
extension PreTokenizerKind {
    /// The steps of a `pre_tokenizer`, each by its pattern; `nil` if one is of a kind that no known tokenizer has.
    ///
    /// The step that spells bytes as characters is left out. It must be the last, add no space and split nothing.
    static func steps(_ value: JSONValue) -> [String]? {
        var steps: [String] = []
        var isByteLevel = false
        for step in value["pretokenizers"]?.array ?? [value] {
            switch (step["type"]?.string, isByteLevel) {
            case ("Split", false):
                guard step["behavior"]?.string == "Isolated", step["invert"]?.boolean != true,
                    let pattern = step["pattern"]?["Regex"]?.string
                else { return nil }
                steps.append(unescaped(pattern))
            case ("Digits", false):
                guard let single = step["individual_digits"]?.boolean else { return nil }
                steps.append(single ? #"\p{N}"# : #"\p{N}+"#)
            case ("ByteLevel", false):
                guard step["use_regex"]?.boolean == false, step["add_prefix_space"]?.boolean == false else {
                    return nil
                }
                isByteLevel = true
            default: return nil
            }
        }
        return isByteLevel ? steps : nil
    }

    init?(steps: [String]) {
        guard let kind = PreTokenizerKind.patterns.first(where: { $0.value == steps })?.key else { return nil }
        self = kind
    }

    /// One spelling for patterns that differ in needless escapes only: in a class, `"` and newlines may be written plain.
    private static func unescaped(_ pattern: String) -> String {
        var result = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            switch (isEscaped, scalar) {
            case (false, "\\"): isEscaped = true
            case (true, "r"): append("\r")
            case (true, "n"): append("\n")
            case (true, "\""), (true, "/"), (true, "'"): append(scalar)
            case (true, _):
                result.append("\\")
                append(scalar)
            case (false, _): append(scalar)
            }
        }
        if isEscaped { result.append("\\") }
        return String(result)

        func append(_ scalar: Unicode.Scalar) {
            result.append(scalar)
            isEscaped = false
        }
    }

    private static let patterns: [PreTokenizerKind: [String]] = [
        .deepSeekLLM: [
            "[\r\n]", #"\s?["# + casedLetters + "]+", #"\s?[!-/:-~！-／：-～‘-‟　-。]+"#, #"\s+$"#,
            ideographs, #"\p{N}"#,
        ],
        .deepSeekCoder: ["[\r\n]", #"\s?\p{L}+"#, #"\s?\p{P}+"#, ideographs, #"\p{N}"#],
        .deepSeekV3: [
            #"\p{N}{1,3}"#, "[一-龥\u{3040}-ゟ゠-ヿ]+",
            ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^"## + "\r\n" + #"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"#
                + #"| ?[\p{P}\p{S}]+["# + "\r\n" + #"]*|\s*["# + "\r\n" + #"]+|\s+(?!\S)|\s+"#,
        ],
        .qwen2: [gpt4(digits: #"\p{N}"#)],
        .llamaBPE: [gpt4(digits: #"\p{N}{1,3}"#)],
        .default: [
            #"[\p{P}\$\+<=>\^~\|]+"#,
            #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"#, #"\p{N}+"#, "[0-9][0-9][0-9]",
        ],
    ]

    /// The patterns of the steps, in order.
    var steps: [String] { PreTokenizerKind.patterns[self == .deepSeekR1Qwen ? .qwen2 : self] ?? [] }

    private static let ideographs = "[一-龥\u{800}-一가-\u{D7FF}]+"

    private static func gpt4(digits: String) -> String {
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n" + #"\p{L}\p{N}]?\p{L}+|"# + digits + #"| ?[^\s\p{L}\p{N}]+["#
            + "\r\n" + #"]*|\s*["# + "\r\n" + #"]+|\s+(?!\S)|\s+"#
    }

    /// The class as the pattern writes it: a range of three code points or more with a dash, others one by one.
    private static var casedLetters: String {
        var result = String.UnicodeScalarView()
        for (first, last) in UnicodeClasses.casedLetters {
            guard let first = Unicode.Scalar(UInt32(first)), let last = Unicode.Scalar(UInt32(last)) else { continue }
            result.append(first)
            if first == last { continue }
            result.append("-")
            result.append(last)
        }
        return String(result)
    }
}
