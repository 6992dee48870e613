import Files
import Yams

/// A field of a recipe that is to have another value: `optimizer.rate=1e-3`.
struct RecipeChange {
    let path: String
    let text: String

    /// The recipe's fields with this one replaced, or added where it is not there yet.
    /// - Throws: `InputError` if the value is no YAML, or the path leads through something that has no fields.
    func applied(to mapping: Node.Mapping) throws -> Node.Mapping {
        let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !keys.contains("") else { throw defect("found the path \"\(path)\"", "names with points between them") }
        let value: Node?
        do { value = try Yams.compose(yaml: text) } catch {
            throw defect("found no YAML: \(printable("\(error)", limit: 200))", "a value as a recipe has it")
        }
        return try replace(keys[...], in: mapping, by: value ?? Node("", Tag(.null)))
    }

    private func replace(_ keys: ArraySlice<String>, in mapping: Node.Mapping, by value: Node) throws -> Node.Mapping {
        guard let key = keys.first else { return mapping }
        var pairs = mapping.map { ($0.key, $0.value) }
        let place = pairs.firstIndex { $0.0.string == key }
        let rest = keys.dropFirst()
        let changed =
            rest.isEmpty ? value : .mapping(try replace(rest, in: inner(place.map { pairs[$0].1 }), by: value))
        if let place { pairs[place].1 = changed } else { pairs.append((Node(key), changed)) }
        return Node.Mapping(pairs)
    }

    private func inner(_ node: Node?) throws -> Node.Mapping {
        guard let node else { return Node.Mapping([]) }
        guard let mapping = node.mapping else { throw defect("found a field without fields on the way", "sections") }
        return mapping
    }

    private func defect(_ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: "command line", field: "--set \(path)", found: found, expected: expected,
            advice: "give a change like optimizer.rate=1e-3")
    }
}

extension Node {
    /// The same as JSON; `nil` if something in it has no counterpart there.
    var json: JSONValue? {
        if let mapping {
            var members: [(key: String, value: JSONValue)] = []
            for (key, value) in mapping {
                guard let key = key.string, let value = value.json, !members.contains(where: { $0.key == key }) else {
                    return nil
                }
                members.append((key, value))
            }
            return .object(JSONObject(members))
        }
        if let sequence {
            let values = sequence.compactMap(\.json)
            return values.count == sequence.count ? .array(values) : nil
        }
        return scalar.flatMap(Node.json)
    }

    private static func json(_ scalar: Node.Scalar) -> JSONValue? {
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        let node = Node.scalar(scalar)
        if ["", "~", "null"].contains(scalar.string) { return .null }
        if ["true", "false"].contains(scalar.string) { return .boolean(scalar.string == "true") }
        if let whole = node.int { return .integer(whole) }
        guard let number = node.float else { return .string(scalar.string) }
        return number.isFinite ? .number("\(number)") : nil
    }
}
