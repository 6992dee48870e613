import Files
import Foundation
import Tensors

/// An adapter as PEFT saves it: `adapter_config.json` and `adapter_model.safetensors` in a folder.
///
/// Opening one maps the file and reads headers; what its names mean is not known here.
package struct AdapterFolder: Sendable {
    /// The two matrices of one module, as stored.
    package struct Pair: Sendable {
        /// Without PEFT's prefix: "model.layers.0.self_attn.q_proj".
        package let name: String
        /// [r, inputs].
        package let a: TensorEntry
        /// [outputs, r].
        package let b: TensorEntry
    }

    package let path: String
    package let configuration: AdapterConfiguration
    /// In the order of the file's matrices A.
    package let pairs: [Pair]

    package static let weightsName = "adapter_model.safetensors"
    private static let prefix = "base_model.model."
    private static let (aSuffix, bSuffix) = (".lora_A.weight", ".lora_B.weight")

    /// The files of the adapter.
    package var files: [String] {
        [AdapterConfiguration.fileName, Self.weightsName].map(path.appendingComponent)
    }

    /// Opens the folder, or the one that a file of it stands for.
    /// - Throws: `InputError` if there is none, a file is broken or missing, or it holds other tensors than pairs.
    package init(path given: String) throws {
        let path = FolderContent.exists(given) ? given : given.splitLastComponent().folder
        let names = try FolderContent(path).names
        for name in [AdapterConfiguration.fileName, Self.weightsName] where !names.contains(name) {
            throw InputError(
                .missing, source: given, field: name, found: "found no such file",
                expected: "a folder with \(AdapterConfiguration.fileName) and \(Self.weightsName)",
                advice: names.contains("adapter_model.bin")
                    ? "save the adapter as safetensors: the .bin file can run code of its maker's"
                    : "give the folder of an adapter")
        }
        self.path = path
        let description = path.appendingComponent(AdapterConfiguration.fileName)
        configuration = try AdapterConfiguration(parseJSONObject(at: description), source: description)
        let file = try SafetensorsFile(MappedFile(path: path.appendingComponent(Self.weightsName)))
        pairs = try Self.pairs(file)
    }

    private static func pairs(_ file: SafetensorsFile) throws -> [Pair] {
        var (first, second) = ([(String, TensorEntry)](), [String: TensorEntry]())
        for entry in file.entries {
            guard entry.name.hasPrefix(prefix) else { throw stray(entry) }
            let name = entry.name.dropFirst(prefix.count)
            if name.hasSuffix(aSuffix) {
                first.append((String(name.dropLast(aSuffix.count)), entry))
            } else if name.hasSuffix(bSuffix) {
                second[String(name.dropLast(bSuffix.count))] = entry
            } else {
                throw stray(entry)
            }
        }
        let pairs = try first.map { name, a in
            guard let b = second.removeValue(forKey: name) else { throw lonely(a) }
            return Pair(name: name, a: a, b: b)
        }
        if let left = second.values.min(by: { $0.name < $1.name }) { throw lonely(left) }
        guard !pairs.isEmpty else {
            throw InputError(
                .missing, source: file.path, found: "found no tensors", expected: "pairs of an adapter",
                advice: "save the adapter again")
        }
        return pairs
    }

    private static func stray(_ entry: TensorEntry) -> InputError {
        InputError(
            .unsupported, source: entry.file, field: entry.name, found: "found a tensor that is no part of a pair",
            expected: "\(prefix)…\(aSuffix) and …\(bSuffix) only", advice: "save the adapter as plain LoRA")
    }

    private static func lonely(_ entry: TensorEntry) -> InputError {
        InputError(
            .missing, source: entry.file, field: entry.name, found: "found one matrix of a pair without the other",
            expected: "lora_A and lora_B of each module", advice: "save the adapter again")
    }

    /// Writes such a folder, which may exist: each file is as it was or complete.
    /// - Parameter pairs: names of modules without PEFT's prefix, and their matrices in f32.
    /// - Throws: `InputError` if a file cannot be written, or a name stands twice.
    package static func write(
        _ pairs: [(name: String, a: Tensor, b: Tensor)], _ configuration: AdapterConfiguration, targets: [String],
        to folder: String
    ) throws {
        try makeFolder(folder)
        let tensors = pairs.flatMap { [(prefix + $0.name + aSuffix, $0.a), (prefix + $0.name + bSuffix, $0.b)] }
        let path = folder.appendingComponent(weightsName)
        let header = try SafetensorsHeader(
            tensors.map { .init(name: $0.0, shape: $0.1.shape, type: .f32) }, source: path)
        try writeAtomically(to: path, byteCount: header.fileByteCount) { file in
            try file.append(header.bytes)
            for (_, tensor) in tensors { try tensor.withFloats { try file.append(UnsafeRawBufferPointer($0)) } }
        }
        let fields = JSONValue.object(configuration.fields(targets: targets)).text
        try writeAtomically(Data(fields.utf8), to: folder.appendingComponent(AdapterConfiguration.fileName))
    }

    private static func makeFolder(_ folder: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw InputError(
                .unreadable, source: folder, found: "the system says: \(error.localizedDescription)",
                expected: "a folder that can be made", advice: "check that the folder around it exists and is writable")
        }
    }
}
