/// What the name of a GGUF file says of how its values are stored: `Q4_K_M`, `UD-IQ2_XXS`, `BF16`.
enum QuantizationName {
    /// The quantization in a file's path, in capitals; `nil` if it names none.
    ///
    /// It is the last part of the name that looks like one; where the name has none, that of the folder around it.
    static func of(_ path: String) -> String? {
        path.split(separator: "/").reversed().lazy.compactMap { of(component: $0) }.first
    }

    private static func of(component: Substring) -> String? {
        var parts = component.split { $0 == "-" || $0 == "." || $0 == " " }.map { $0.uppercased() }
        while let last = parts.popLast() {
            guard last.wholeMatch(of: form) != nil else { continue }
            // Publishers put what else they did to a file before its quantization.
            return parts.last.map { ["UD", "I1"].contains($0) } == true ? "\(parts.removeLast())-\(last)" : last
        }
        return nil
    }

    private static var form: Regex<AnyRegexOutput> {
        Regex(#/(I?Q|TQ|DQ)[0-9](_[A-Z0-9]{1,4}){0,4}|BF16|F(P)?(16|32|8)|MXFP4(_MOE)?/#)
    }
}
