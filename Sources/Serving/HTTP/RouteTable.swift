import Foundation
import HTTPTypes

/// Finds the endpoint for a path. Paths are compared whole or by what stands before their parameter; no part of one ever
/// becomes the name of a file.
struct RouteTable: Sendable {
    private var exact: [String: [HTTPRequest.Method: Endpoint]] = [:]
    private var prefixed: [(prefix: String, endpoints: [HTTPRequest.Method: Endpoint])] = []

    init(_ endpoints: [Endpoint]) {
        for endpoint in endpoints {
            let (fixed, parameter) = endpoint.pathParts
            if parameter == nil {
                exact[fixed, default: [:]][endpoint.method] = endpoint
            } else if let place = prefixed.firstIndex(where: { $0.prefix == fixed }) {
                prefixed[place].endpoints[endpoint.method] = endpoint
            } else {
                prefixed.append((fixed, [endpoint.method: endpoint]))
            }
        }
    }

    /// The endpoint, and what stands in place of its parameter.
    /// - Throws: `APIError` for a path that is not known, or a method that it does not have.
    func find(_ method: HTTPRequest.Method, _ path: String) throws -> (endpoint: Endpoint, parameter: String) {
        let (endpoints, parameter) = endpoints(at: path)
        guard !endpoints.isEmpty else {
            throw APIError(.missing, "There is nothing at this path; GET /openapi.json lists what there is.")
        }
        // What can be read can be asked for without its body, too.
        let endpoint = endpoints[method] ?? (method == .head ? endpoints[.get] : nil)
        guard let endpoint else {
            let allowed = endpoints.keys.sorted { $0.rawValue < $1.rawValue }
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            var error = APIError(.method, "This path takes \(names); ask again with that method.")
            error.allowed = allowed
            throw error
        }
        return (endpoint, parameter)
    }

    /// Whose interface `path` looks like, for failures where there is nothing.
    func interface(at path: String) -> Interface {
        if let endpoint = endpoints(at: path).0.values.first { return endpoint.interface }
        return path.hasPrefix("/api/") ? .ollama : .openAI
    }

    private func endpoints(at path: String) -> ([HTTPRequest.Method: Endpoint], String) {
        if let found = exact[path] { return (found, "") }
        for (prefix, endpoints) in prefixed where path.hasPrefix(prefix) && path.count > prefix.count {
            let rest = path.dropFirst(prefix.count)
            return (endpoints, rest.removingPercentEncoding ?? String(rest))
        }
        return ([:], "")
    }
}
