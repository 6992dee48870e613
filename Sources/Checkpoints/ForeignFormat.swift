import Files

/// Files that are often given or downloaded in place of a checkpoint, told by their first bytes.
enum ForeignFormat: CaseIterable {
    case empty, largeFilePointer, webPage, pickle, legacyGGML, numpy

    /// Which of them `file` is, if any.
    static func recognize(_ file: MappedFile) -> ForeignFormat? {
        let start = file.withBytes(in: 0..<min(file.byteCount, 256)) { Array($0) }
        guard !start.isEmpty else { return .empty }
        let text = String(decoding: start, as: UTF8.self).lowercased()
        if text.hasPrefix("version https://git-lfs") { return .largeFilePointer }
        let visible = text.drop(while: \.isWhitespace)
        if visible.hasPrefix("<!doctype") || visible.hasPrefix("<html") || visible.hasPrefix("<?xml") {
            return .webPage
        }
        if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) || (start[0] == 0x80 && start.count > 1 && (2...5) ~= start[1])
        {
            // A safetensors header of 0x0280… bytes starts like a pickle; its ninth byte tells.
            return start.count > 8 && start[8] == UInt8(ascii: "{") ? nil : .pickle
        }
        if ["lmgg", "fmgg", "tjgg"].contains(String(text.prefix(4))) { return .legacyGGML }
        if start.starts(with: [0x93]) && text.dropFirst().hasPrefix("numpy") { return .numpy }
        return nil
    }

    /// The refusal of `path`, with what to do instead.
    func error(path: String) -> InputError {
        switch self {
        case .empty: refusal(path, "found an empty file", "download the file again")
        case .largeFilePointer:
            refusal(
                path, "found a git-lfs pointer, not the file that it stands for",
                "fetch the file itself with `git lfs pull`, or download it")
        case .webPage:
            refusal(
                path, "found a web page",
                "download the file again; the server probably asked for a login or had no such file")
        case .pickle:
            refusal(
                path, "found a PyTorch pickle, which can run code of its maker's",
                "take the safetensors or GGUF release of the model, or save it as safetensors", .unsupported)
        case .legacyGGML:
            refusal(
                path, "found a GGML file from before GGUF",
                "convert the original model to GGUF or take a newer release",
                .unsupported)
        case .numpy:
            refusal(path, "found a NumPy array", "give a GGUF file or a safetensors folder", .unsupported)
        }
    }

    private func refusal(
        _ path: String, _ found: String, _ advice: String, _ kind: InputError.Kind = .unrecognized
    ) -> InputError {
        InputError(kind, source: path, found: found, expected: "a GGUF or safetensors checkpoint", advice: advice)
    }

    /// Throws if `file` is one of them.
    static func refuse(_ file: MappedFile) throws {
        if let format = recognize(file) { throw format.error(path: file.path) }
    }
}
