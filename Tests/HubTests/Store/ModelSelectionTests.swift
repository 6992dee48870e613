import Files
import Foundation
import Testing

@testable import Hub

@Suite struct ModelSelectionTests {
    private func files(_ paths: [String]) -> [NamedFile] { paths.map { NamedFile(path: $0, byteCount: 10) } }

    private func choose(_ paths: [String], _ selector: String? = nil) throws -> ModelSelection {
        try ModelSelection.choose(files(paths), selector: selector, source: "a/b")
    }

    static let released = [
        ".gitattributes", "LICENSE-MODEL", "README.md", "config.json", "configuration_deepseek.py",
        "figures/benchmark.png",
        "generation_config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json", "modeling_deepseek.py", "pytorch_model.bin", "tokenizer.json",
        "tokenizer_config.json",
        "consolidated.safetensors", "sub/model.safetensors",
    ]

    @Test func releasedFolderIsWeightsConfigurationAndTokenizer() throws {
        let chosen = try choose(ModelSelectionTests.released)
        #expect(chosen.format == .safetensors && chosen.entry == nil && chosen.selector == nil)
        #expect(
            Set(chosen.files.map(\.path)) == [
                "LICENSE-MODEL", "README.md", "config.json", "generation_config.json",
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors", "model.safetensors.index.json", "tokenizer.json",
                "tokenizer_config.json",
            ])
        // What makes the folder a model comes last.
        #expect(chosen.files.last?.path == "config.json")
    }

    static let quantized = [
        "README.md", "M-IQ2_XXS.gguf", "M-Q4_K_M.gguf", "M-Q8_0-00001-of-00002.gguf", "M-Q8_0-00002-of-00002.gguf",
        "UD-Q4_K_XL/M-UD-Q4_K_XL-00001-of-00001.gguf", "BF16/M-00001-of-00001.gguf", "mmproj-F16.gguf",
        "M.imatrix.gguf",
        "M-f16.gguf",
    ]

    static let choices: [(String?, [String], String)] = [
        (nil, ["M-Q4_K_M.gguf"], "Q4_K_M"), ("Q4_K_M", ["M-Q4_K_M.gguf"], "Q4_K_M"),
        ("iq2_xxs", ["M-IQ2_XXS.gguf"], "IQ2_XXS"), ("M-Q4_K_M.gguf", ["M-Q4_K_M.gguf"], "Q4_K_M"),
        ("F16", ["M-f16.gguf"], "F16"),
        ("Q8_0", ["M-Q8_0-00002-of-00002.gguf", "M-Q8_0-00001-of-00002.gguf"], "Q8_0"),
        (
            "M-Q8_0-00002-of-00002.gguf", ["M-Q8_0-00002-of-00002.gguf", "M-Q8_0-00001-of-00002.gguf"], "Q8_0"
        ),
        ("UD-Q4_K_XL", ["UD-Q4_K_XL/M-UD-Q4_K_XL-00001-of-00001.gguf"], "UD-Q4_K_XL"),
        ("BF16", ["BF16/M-00001-of-00001.gguf"], "BF16"),
    ]

    @Test(arguments: choices)
    func quantizationsAndFilesAreChosen(_ selector: String?, _ paths: [String], _ quantization: String) throws {
        let chosen = try choose(ModelSelectionTests.quantized, selector)
        #expect(chosen.format == .gguf && chosen.quantization == quantization)
        #expect(chosen.files.map(\.path) == ["README.md"] + paths)
        #expect(chosen.entry == paths.last)
        #expect(chosen.selector == quantization)
    }

    @Test func onlyFileNeedsNoSelector() throws {
        let chosen = try choose(["a.gguf", "mmproj-a.gguf"])
        #expect(chosen.entry == "a.gguf" && chosen.selector == nil && chosen.quantization == nil)
    }

    @Test func anyFileCanBeNamed() throws {
        let chosen = try choose(ModelSelectionTests.released, "tokenizer.json")
        #expect(chosen.format == .file && chosen.files.map(\.path) == ["tokenizer.json"])
    }

    static let refusals: [([String], String?, InputError.Kind)] = [
        ([], nil, .missing), (["README.md", "pytorch_model.bin"], nil, .missing),
        (["a-Q8_0.gguf", "a-Q6_K.gguf"], nil, .invalidValue),
        (["a-Q8_0.gguf", "b-Q8_0.gguf"], "Q8_0", .invalidValue), (["a-Q8_0.gguf"], "Q4_K_M", .missing),
        (["a-00001-of-00003.gguf", "a-00003-of-00003.gguf"], nil, .missing), (["model.safetensors"], nil, .missing),
        (["a-00001-of-999999999.gguf"], nil, .missing), (["a-Q8_0.gguf"], "no/such.gguf", .missing),
    ]

    @Test(arguments: refusals)
    func whatIsNotThereOrNotOneIsASentence(_ paths: [String], _ selector: String?, _ kind: InputError.Kind) throws {
        let error = try #require(throws: InputError.self) { try choose(paths, selector) }
        #expect(error.kind == kind)
    }

    @Test func choicesAreListed() throws {
        let error = try #require(throws: InputError.self) { try choose(["a-Q8_0.gguf", "a-Q6_K.gguf", "b-Q6_K.gguf"]) }
        #expect(error.advice.contains("a-Q6_K.gguf, Q8_0, b-Q6_K.gguf"))
    }

    @Test func allModelsOfAFolderAreFound() {
        let found = ModelSelection.all(of: files(ModelSelectionTests.quantized + ModelSelectionTests.released))
        #expect(found.map { $0.selector ?? "-" } == ["-", "BF16", "IQ2_XXS", "Q4_K_M", "Q8_0", "F16", "UD-Q4_K_XL"])
    }

    static let names: [(String, String?)] = [
        ("DeepSeek-R1-Distill-Qwen-1.5B-Q4_K_M", "Q4_K_M"), ("m.Q5_1", "Q5_1"), ("m-UD-IQ1_M", "UD-IQ1_M"),
        ("m.i1-Q2_K_S", "I1-Q2_K_S"),
        ("m-BF16", "BF16"), ("m-fp8", "FP8"), ("m-DQ3_K_M", "DQ3_K_M"), ("m-TQ1_0", "TQ1_0"), ("m-MXFP4", "MXFP4"),
        ("m-7B", nil),
        ("Q4_K_M/m-00001", "Q4_K_M"), ("Qwen", nil), ("m-Q4_0_4_4", "Q4_0_4_4"),
    ]

    @Test(arguments: names)
    func namesTellQuantizations(_ name: String, _ expected: String?) { #expect(QuantizationName.of(name) == expected) }
}
