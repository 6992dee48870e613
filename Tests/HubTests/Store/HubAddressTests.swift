import Files
import Foundation
import TestSupport
import Testing

@testable import Hub

@Suite struct HubAddressTests {
    static let readings: [(String, String)] = [
        ("https://huggingface.co", "https://huggingface.co"), ("https://HuggingFace.co/", "https://huggingface.co"),
        ("http://127.0.0.1:8080/hub/", "http://127.0.0.1:8080/hub"), ("https://h.example:443/x", "https://h.example/x"),
        ("http://[::1]:80/x?a=b%2F", "http://[::1]/x?a=b%2F"),
        ("https://h.example/a%2Fb#part", "https://h.example/a%2Fb"),
    ]

    @Test(arguments: readings)
    func addressesAreReadAndWritten(_ text: String, _ expected: String) throws {
        #expect(try HubAddress(text, source: "test").text == expected)
    }

    @Test(arguments: [
        "", "huggingface.co", "ftp://h.example", "file:///etc/passwd", "javascript:alert(1)", "https://",
        "https://user@h.example",
        "https://user:word@h.example", "https://h.example:0", "https://h.example:99999", "https://h example",
        "https://h.example\\@evil",
        "https://h.example/\n", "data:text/plain,x", "https://" + String(repeating: "a", count: 20_000),
    ])
    func otherTextsAreRefused(_ text: String) throws {
        let error = try #require(throws: InputError.self) { try HubAddress(text, source: "--endpoint") }
        #expect(error.kind == .invalidValue && error.source == "--endpoint")
    }

    @Test func componentsStayComponents() throws {
        let hub = try HubAddress("https://h.example/hub", source: "test")
        #expect(
            hub.appending(["a", "refs/pr/1", "x y?&#%ü..", "../z"], query: "a=b").text
                == "https://h.example/hub/a/refs%2Fpr%2F1/x%20y%3F%26%23%25%C3%BC../..%2Fz?a=b")
    }

    @Test(arguments: ["http://localhost", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]"])
    func thisMachineIsTold(_ text: String) throws { #expect(try HubAddress(text, source: "test").origin.isLoopback) }

    @Test(arguments: [
        "http://127.0.0.1.evil.example", "http://localhost.evil.example", "http://128.0.0.1", "http://127.1",
        "http://127.evil.0.1",
    ])
    func otherMachinesAreTold(_ text: String) throws {
        #expect(try !HubAddress(text, source: "test").origin.isLoopback)
    }

    static let redirects: [(String, String, String)] = [
        ("https://h.example/a/b", "/c", "https://h.example/c"), ("https://h.example/a/b", "c", "https://h.example/a/c"),
        ("https://h.example/a", "https://cdn.example/x?y=%2F", "https://cdn.example/x?y=%2F"),
        ("https://h.example/a", "//cdn.example/x", "https://cdn.example/x"),
        ("http://h.example/a", "https://h.example/a", "https://h.example/a"),
        ("http://127.0.0.1:1/a", "http://127.0.0.1:2/b", "http://127.0.0.1:2/b"),
    ]

    @Test(arguments: redirects)
    func redirectsAreFollowed(_ from: String, _ location: String, _ expected: String) throws {
        #expect(try HubAddress(from, source: "test").redirected(to: location).text == expected)
    }

    @Test(arguments: [
        "http://h.example/a", "file:///etc/passwd", "https://127.0.0.1/", "https://localhost:8080/", "https://[::1]/",
        "ftp://h.example",
        "https://user@h.example/", "javascript:x", "gopher://h.example", "\\\\h.example",
    ])
    func redirectsToWhereNoHubSendsAreRefused(_ location: String) throws {
        let address = try HubAddress("https://h.example/a", source: "test")
        #expect(throws: InputError.self) { try address.redirected(to: location) }
    }
}

@Suite final class HubTokenTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    @Test func environmentComesBeforeTheFile() throws {
        try Data("hf_file\n".utf8).write(to: URL(filePath: folder + "/token"))
        #expect(try HubToken.find([:], home: folder)?.value == "hf_file")
        #expect(try HubToken.find(["HUGGING_FACE_HUB_TOKEN": "hf_old"], home: folder)?.value == "hf_old")
        #expect(
            try HubToken.find(["HF_TOKEN": " hf_new ", "HUGGING_FACE_HUB_TOKEN": "hf_old"], home: folder)?.value
                == "hf_new")
        #expect(try HubToken.find(["HF_HUB_DISABLE_IMPLICIT_TOKEN": "1", "HF_TOKEN": "x"], home: folder) == nil)
        #expect(try HubToken.find(["HF_TOKEN_PATH": folder + "/none"], home: folder) == nil)
        #expect(try HubToken.find(["HF_TOKEN": ""], home: folder + "/none") == nil)
    }

    @Test(arguments: ["a b", "a\r\nX-Evil: 1", "ü", "a\0", String(repeating: "a", count: 5000)])
    func whatCannotStandInAHeaderIsRefusedAndNotRepeated(_ text: String) throws {
        let error = try #require(throws: InputError.self) { try HubToken(text, source: "HF_TOKEN") }
        #expect(!error.description.contains("Evil") && error.description.count < 300)
    }

    @Test func tokenIsNeverPrinted() throws {
        let token = try HubToken("hf_secret", source: "HF_TOKEN")
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), String(describing: Optional(token)), dumped] {
            #expect(!text.contains("secret"))
        }
    }

    static let audiences: [(String, String, Bool)] = [
        ("https://h.example", "https://h.example/api", true), ("https://h.example", "https://h.example:444/api", false),
        ("https://h.example", "http://h.example/api", false), ("https://h.example", "https://cdn.h.example/api", false),
        ("http://h.example", "http://h.example/api", false), ("http://127.0.0.1:1", "http://127.0.0.1:1/x", true),
        ("http://127.0.0.1:1", "http://127.0.0.1:2/x", false),
    ]

    @Test(arguments: audiences)
    func tokenGoesToTheHubAlone(_ endpoint: String, _ address: String, _ may: Bool) async throws {
        let client = HubClient(
            endpoint: try HubAddress(endpoint, source: "test"), token: try HubToken("hf_x", source: "test"))
        #expect(client.mayKnowToken(try HubAddress(address, source: "test")) == may)
        await client.close()
    }
}

@Suite struct RetryPolicyTests {
    private let failure = TransientFailure(reason: "found nothing")

    @Test func pausesGrowAndEnd() throws {
        let policy = RetryPolicy()
        var former = Duration.zero
        for count in 1..<policy.attempts {
            let pause = try policy.pause(after: failure, count: count, source: "x")
            #expect(
                pause >= policy.firstPause * (1 << (count - 1)) * 0.5 && pause <= policy.longestPause
                    && pause >= former / 2)
            former = pause
        }
        #expect(throws: InputError.self) { try policy.pause(after: failure, count: policy.attempts, source: "x") }
    }

    @Test func serverIsObeyedWithinReason() throws {
        let policy = RetryPolicy()
        let patient = TransientFailure(reason: "found nothing", retryAfter: .seconds(120))
        #expect(try policy.pause(after: patient, count: 1, source: "x") >= .seconds(120))
        let endless = TransientFailure(reason: "found nothing", retryAfter: .seconds(86_400))
        let error = try #require(throws: InputError.self) { try policy.pause(after: endless, count: 1, source: "x") }
        #expect(error.advice.contains("1441 minutes"))
    }

    static let headers: [(String?, Duration?)] = [
        (nil, nil), ("120", .seconds(120)), (" 0 ", .zero), ("-1", nil), ("", nil), ("soon", nil),
        ("99999999999999999999", nil),
        ("9999999999", .seconds(1 << 31)), ("Sun, 06 Nov 1994 08:50:07 GMT", .seconds(30)),
        ("Sun, 06 Nov 1994 08:49:00 GMT", .zero),
        (String(repeating: "1", count: 1000), nil),
    ]

    @Test(arguments: headers)
    func retryAfterIsRead(_ text: String?, _ expected: Duration?) {
        #expect(RetryPolicy.retryAfter(text, now: Date(timeIntervalSince1970: 784_111_777)) == expected)
    }
}
