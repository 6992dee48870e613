import Files
import Foundation
import Models
import Yams

extension ScalingPoint {
    /// A run that has ended, from its folder or the metrics in it: the shape of its newest checkpoint's model, its tokens, and its last
    /// validation loss.
    /// - Throws: `InputError` naming what is missing.
    package init(run path: String) throws {
        let url = URL(filePath: path)
        let folder = path.hasSuffix(".jsonl") ? url.deletingLastPathComponent().path(percentEncoded: false) : path
        let metrics = path.hasSuffix(".jsonl") ? path : folder + "/metrics.jsonl"
        let (tokens, loss) = try Self.last(metrics)
        let length = try Self.sequenceLength(folder + "/settings.yaml")
        let configuration = try Self.configuration(folder)
        self.init(
            name: URL(filePath: folder).lastPathComponent,
            scale: ModelScale(configuration, sequenceLength: length).operationsPerToken, tokens: Double(tokens),
            loss: loss)
    }

    private static func missing(_ source: String, _ field: String, _ expected: String) -> InputError {
        InputError(
            .missing, source: source, field: field, found: "found none", expected: expected,
            advice: "name the folder of a run that has come to its end, with `data.validation` in its recipe")
    }

    /// The last line that has a validation loss.
    private static func last(_ path: String) throws -> (tokens: Int, loss: Double) {
        let file = try MappedFile(path: path)
        let text = file.withBytes(in: 0..<file.byteCount) { String(decoding: $0, as: UTF8.self) }
        for line in text.split(separator: "\n").reversed() {
            // A line that was cut off when the run was killed is no line.
            guard let fields = try? JSONParser.parse(String(line), source: path).object,
                let loss = fields["validationLoss"]?.double, let tokens = fields["tokens"]?.integer
            else { continue }
            guard loss.isFinite, loss > 0, tokens > 0 else { break }
            return (tokens, loss)
        }
        throw missing(path, "validationLoss", "a last validation loss above 0, and the tokens until then")
    }

    private static func sequenceLength(_ path: String) throws -> Int {
        let file = try MappedFile(path: path)
        let text = file.withBytes(in: 0..<min(file.byteCount, 1 << 20)) { String(decoding: $0, as: UTF8.self) }
        let settings = try? Yams.compose(yaml: text)
        guard let length = settings?.mapping?["data"]?.mapping?["sequence"]?.int, (1...(1 << 30)).contains(length)
        else {
            throw missing(path, "data.sequence", "the tokens of a sequence")
        }
        return length
    }

    private static func configuration(_ folder: String) throws -> DecoderConfiguration {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let checkpoints = names.compactMap { name -> (step: Int, name: String)? in
            guard name.hasPrefix("checkpoint-") else { return nil }
            return Int(name.dropFirst("checkpoint-".count)).map { ($0, name) }
        }
        guard let newest = checkpoints.max(by: { $0.step < $1.step }) else {
            throw missing(folder, "checkpoint-…", "a checkpoint of the run's model")
        }
        let path = "\(folder)/\(newest.name)/config.json"
        guard let fields = try JSONParser.parse(MappedFile(path: path)).object else {
            throw missing(path, "config.json", "a JSON object")
        }
        return try DecoderConfiguration(huggingFace: fields, source: path)
    }
}
