import Files
import Foundation
import HummingbirdTesting
import Testing

@testable import Serving

@Suite struct EmbeddingTests {
    @Test func embeds() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let answer = try await client.ask("/v1/embeddings", ["input": ["12 + 7", "12 + 7", "5"]]).json()
            let vectors = (answer["data"]?.array ?? []).map { $0["embedding"]?.array?.compactMap(\.double) ?? [] }
            #expect(vectors.count == 3)
            #expect(vectors[0] == vectors[1])
            #expect(vectors[0] != vectors[2])
            for vector in vectors { #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4) }
        }
    }

    /// Base 64 holds the same numbers, and fewer dimensions are the first ones at length 1.
    @Test func packsAndShortens() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            func first(_ body: JSONValue) async throws -> JSONValue? {
                try await client.ask("/v1/embeddings", body).json()["data"]?[0]?["embedding"]
            }
            let plain = try await first(["input": "12 + 7"])?.array?.compactMap(\.double) ?? []
            let packed = try await first(["input": "12 + 7", "encoding_format": "base64"])?.string ?? ""
            let bytes = [UInt8](try #require(Data(base64Encoded: packed)))
            #expect(bytes.count == 4 * plain.count)
            for (index, number) in plain.enumerated() {
                let word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[4 * index + $1]) << (8 * UInt32($1)) }
                #expect(Float(bitPattern: word) == Float(number))
            }
            let short = try await first(["input": "12 + 7", "dimensions": 4])?.array?.compactMap(\.double) ?? []
            #expect(short.count == 4)
            #expect(abs(short[0] / short[1] - plain[0] / plain[1]) < 1e-3 * abs(plain[0] / plain[1]))
        }
    }
}
