import ArgumentParser
import Hub
import Isobath
import Quantization

/// `isobath convert`: a model from one container to the other, or to other plain types.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert between safetensors folders and GGUF files.",
        discussion: """
            A name that ends in .gguf is a GGUF file, any other a folder with safetensors, config.json and tokenizer. Both \
            are as llama.cpp's converter and the released checkpoints have them. What is done when the program ends, even \
            by force, is not done again: give the same command once more.

            Types are auto (as the checkpoint has them; FP8 and quantized weights become bf16), f32, f16 and bf16, for \
            GGUF also q8_0, for folders also fp8. For fewer bits there is `isobath quantize`, which reads folders too.

              isobath convert DeepSeek-R1-Distill-Qwen-1.5B model.gguf
              isobath convert DeepSeek-V3 v3.gguf --type q8_0 --split-size 40G
              isobath convert model-q4_k_m.gguf folder --type bf16
              isobath convert folder folder-fp8 --type fp8
            """)

    @Argument(help: "The model to read: a folder with safetensors, or a GGUF file.")
    var model: String

    @Argument(help: "The GGUF file or the folder to write.")
    var output: String

    @OptionGroup var options: ConversionOptions

    @Option(help: "Where the tokens come from, instead of the model: a GGUF file, a tokenizer.json or its folder.")
    var vocabulary: String?

    @Flag(help: "Write nothing; say what would come out.")
    var dryRun = false

    @Flag(help: "List all tensors.")
    var tensors = false

    mutating func run() throws {
        let conversion = try options.conversion(
            of: ModelLocation.resolve(model).path, to: output, vocabulary: vocabulary)
        ConversionReport.remark(unused: conversion.unused, hasVocabulary: conversion.hasVocabulary)
        if !dryRun { try options.write(conversion, "converting") }
        try ConversionReport(conversion).print(asJSON: options.json, everyTensor: tensors)
    }
}
