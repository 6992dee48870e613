import ArgumentParser
import Files
import Isobath
import Quantization
import Tensors

/// How a model is written anew, and what is said about it: of `isobath convert` and `isobath adapter merge`.
struct ConversionOptions: ParsableArguments {
    @Option(help: "How weights are stored: auto (bf16 where they are quantized), f32, f16, bf16, q8_0 or fp8.")
    var type = "auto"

    @Option(help: "The most a file may hold, like 5G; more files are written if need be.")
    var splitSize: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(name: [.customShort("t"), .long], help: "Threads; all cores unless given.")
    var threads: Int?

    /// What is to be written where.
    /// - Throws: `InputError` for a model or an adapter that cannot be used, `ValidationError` for options that cannot be.
    func conversion(
        of model: String, adding adapter: AdapterSource? = nil, to output: String, vocabulary: String? = nil
    ) throws -> any Conversion {
        let limit = try splitSize.map { try ByteSize(parsing: $0, option: "--split-size").bytes }
        if limit == 0 { throw ValidationError("A file must hold something: give --split-size a number above 0.") }
        return try makeConversion(
            from: model, adding: adapter, to: output, type: ConversionType(type), vocabulary: vocabulary,
            splitSize: limit)
    }

    /// Writes it under a progress line. What is done when Ctrl-C ends this is kept for the next time.
    func write(_ conversion: any Conversion, _ label: String) throws {
        if let threads { ThreadPool.configure(threads: threads) }
        let finished = try interruptibleWork(label, unit: "million weights", total: conversion.parameterCount) {
            try conversion.write(pool: .shared, progress: $0)
        }
        if finished > 0 { StandardOutput.remark("\(finished) tensors were there from an earlier time.") }
    }
}
