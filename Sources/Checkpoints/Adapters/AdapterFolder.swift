import Files
import Foundation
import Tensors

/// An adapter as PEFT saves it: `adapter_config.json` and `adapter_model.safetensors` in a folder.
extension StoredAdapter {
    private static let weightsName = "adapter_model.safetensors"
    private static let prefix = "base_model.model."
    private static let (aSuffix, bSuffix) = (".lora_A.weight", ".lora_B.weight")

    /// Opens the folder, or the one that a file of it stands for.
    init(folder given: String) throws {
        let path = FolderContent.exists(given) ? given : given.splitLastComponent().folder
        let names = try FolderContent(path).names
        let own = [AdapterConfiguration.fileName, Self.weightsName]
        for name in own where !names.contains(name) {
            throw InputError(
                .missing, source: given, field: name, found: "found no such file",
                expected: "a folder with \(own[0]) and \(own[1]), or a GGUF file",
                advice: names.contains("adapter_model.bin")
                    ? "save the adapter as safetensors: the .bin file can run code of its maker's"
                    : "give the folder of an adapter")
        }
        let description = path.appendingComponent(AdapterConfiguration.fileName)
        let configuration = try AdapterConfiguration(parseJSONObject(at: description), source: description)
        let file = try SafetensorsFile(MappedFile(path: path.appendingComponent(Self.weightsName)))
        let pairs = try Self.pairs(file.entries, source: file.path) { name in
            guard name.hasPrefix(Self.prefix) else { return nil }
            let module = name.dropFirst(Self.prefix.count)
            if module.hasSuffix(Self.aSuffix) { return (String(module.dropLast(Self.aSuffix.count)), true) }
            return module.hasSuffix(Self.bSuffix) ? (String(module.dropLast(Self.bSuffix.count)), false) : nil
        }
        self.init(
            path: path, format: .safetensors, configuration: configuration, pairs: pairs,
            files: own.map(path.appendingComponent))
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
