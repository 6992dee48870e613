import Files
import Isobath
import Quantization
import Reports
import Tensors

/// What a conversion writes: files, and the types of the tensors.
struct ConversionReport {
    private let conversion: any Conversion

    init(_ conversion: any Conversion) { self.conversion = conversion }

    /// Says what a checkpoint has that cannot go along, and what it lacks.
    static func remark(unused: [String], hasVocabulary: Bool) {
        if let first = unused.first {
            StandardOutput.remark(
                "\(unused.count) tensors have no place there and are left out, the first of them "
                    + "\(printable(first, limit: 100)).")
        }
        if !hasVocabulary { StandardOutput.remark("There is no tokenizer: what is written cannot read text.") }
    }

    func print(asJSON: Bool, everyTensor: Bool) throws {
        if asJSON { return try StandardOutput.json(JSON(conversion, everyTensor: everyTensor), pretty: true) }
        let bytes = conversion.outputs.reduce(0) { $0 + $1.byteCount }
        let types = counts.map { "\($0.type) \($0.count)" }.joined(separator: ", ")
        let files = conversion.outputs.map(\.path)
        let place = files.count > 1 ? "\(files[0]) and \(files.count - 1) more" : files.first ?? ""
        try StandardOutput.line(
            "\(place): \(Format.bytes(bytes)), \(conversion.tensors.count) tensors (\(types))")
        guard everyTensor else { return }
        let rows = conversion.tensors.map { [$0.name, "\($0.shape)", $0.type.rawValue] }
        try StandardOutput.line("\n" + Format.table([["tensor", "shape", "type"]] + rows))
    }

    private var counts: [(type: String, count: Int)] {
        Dictionary(grouping: conversion.tensors, by: \.type.rawValue).map { ($0.key, $0.value.count) }
            .sorted { ($1.count, $0.type) < ($0.count, $1.type) }
    }

    private struct JSON: Encodable {
        let source: String
        let files: [File]
        let totalBytes: Int
        let tensorCount: Int
        let tensors: [Entry]?
        let leftOut: [String]

        struct File: Encodable {
            let path: String
            let bytes: Int
        }

        struct Entry: Encodable {
            let name: String
            let type: String
            let shape: [Int]
        }

        init(_ conversion: any Conversion, everyTensor: Bool) {
            source = conversion.path
            files = conversion.outputs.map { File(path: $0.path, bytes: $0.byteCount) }
            totalBytes = files.reduce(0) { $0 + $1.bytes }
            tensorCount = conversion.tensors.count
            let entries = conversion.tensors.map {
                Entry(name: $0.name, type: $0.type.rawValue, shape: $0.shape.array)
            }
            tensors = everyTensor ? entries : nil
            leftOut = conversion.unused
        }
    }
}
