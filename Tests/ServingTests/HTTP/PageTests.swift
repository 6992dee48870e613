import Foundation
import HTTPTypes
import HummingbirdTesting
import TestSupport
import Testing

@testable import Serving

@Suite struct PageTests {
    @Test func servesTheFolder() async throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/inner", withIntermediateDirectories: true)
        for (name, text) in ["index.html": "<p>hello", "inner/script.js": "1", "secret.key": "no"] {
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
        }
        try await Server(ServedFixture.service(), page: folder).application().test(.router) { client in
            let page = try await client.ask("/")
            #expect(page.text == "<p>hello")
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            let policy = page.headers[.contentSecurityPolicy] ?? ""
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            #expect(page.headers[.xContentTypeOptions] == "nosniff")
            let tag = try #require(page.headers[.eTag])
            #expect(try await client.ask("/", headers: [.ifNoneMatch: tag]).status == 304)
            #expect(try await client.ask("/inner/script.js").text == "1")
            for path in ["/secret.key", "/inner", "/inner/../index.html", "/%2e%2e/secret.key", "/..%2fsecret.key"] {
                #expect(try await client.ask(path).status == 404)
            }
        }
    }

    /// The page that comes with the program is found, and asks for nothing from elsewhere.
    @Test func shippedPage() throws {
        let folder = try Server.pageFolder()
        let text = try String(contentsOfFile: folder + "/index.html", encoding: .utf8)
        for mark in ["src=\"http", "href=\"http", "src=\"//", "href=\"//", "@import"] { #expect(!text.contains(mark)) }
    }
}
