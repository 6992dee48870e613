import Checkpoints
import Files
import Foundation
import Tokenizers

/// A folder that `isobath data pack` made: shards to learn from and to be measured with, and the tokenizer that made them.
///
///     data.json                what there is
///     training-00000.tokens    shards; `TokenShard`
///     validation-00000.tokens
///     tokenizer.json, tokenizer_config.json
package struct PackedTokens: Sendable {
    static let listName = "data.json"

    package let path: String
    package let training: [TokenShard]
    package let validation: [TokenShard]

    /// Whether `path` is such a folder.
    package static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/\(listName)")
    }

    /// Opens the folder at `path` and checks all its shards.
    /// - Throws: `InputError` if a shard that the list names is not there, is another one, or is damaged.
    package init(path: String) throws {
        self.path = path
        let list = try JSONParser.parse(try MappedFile(path: "\(path)/\(Self.listName)"))
        training = try Self.shards(list, "training", path)
        validation = try Self.shards(list, "validation", path)
        guard let first = (training + validation).first else {
            throw Self.defect(path, "training", "found no shard", "at least one")
        }
        for shard in training + validation
        where shard.header.tokenizer != first.header.tokenizer || shard.isSupervised != first.isSupervised {
            throw Self.defect(path, shard.path, "found a shard of another kind or tokenizer", "shards of one")
        }
    }

    private static func shards(_ list: JSONValue, _ key: String, _ folder: String) throws -> [TokenShard] {
        guard let entries = list[key]?.array else { throw defect(folder, key, "found no list", "a list of shards") }
        return try entries.map { entry in
            // A name alone, so that a list leads nowhere but into its own folder.
            guard let name = entry["file"]?.string, !name.contains("/"), let sum = entry["checksum"]?.string else {
                throw defect(folder, key, "found an entry without a file or checksum", "both")
            }
            let shard = try TokenShard(path: "\(folder)/\(name)")
            guard String(shard.checksum, radix: 16) == sum else {
                throw defect(folder, name, "found another shard than the list names", "the checksum \(sum)")
            }
            return shard
        }
    }

    private static func defect(_ path: String, _ field: String, _ found: String, _ expected: String) -> InputError {
        ShardHeader.defect(.invalidValue, "\(path)/\(listName)", field, found, expected)
    }

    /// The list of a folder with these shards.
    static func list(training: [TokenShard], validation: [TokenShard], _ facts: [(key: String, value: JSONValue)])
        -> JSONValue
    {
        func entries(_ shards: [TokenShard]) -> JSONValue {
            .array(
                shards.map { shard in
                    .object(
                        JSONObject([
                            ("file", .string(URL(filePath: shard.path).lastPathComponent)),
                            ("documents", .integer(shard.documentCount)), ("tokens", .integer(shard.tokenCount)),
                            ("checksum", .string(String(shard.checksum, radix: 16))),
                        ]))
                })
        }
        return .object(JSONObject(facts + [("training", entries(training)), ("validation", entries(validation))]))
    }
}
