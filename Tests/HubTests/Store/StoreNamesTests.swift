import Files
import Foundation
import Testing

@testable import Hub

@Suite struct RepositoryNameTests {
    @Test(arguments: ["deepseek-ai/DeepSeek-V3", "a/b", "TheBloke/x_1.5B.GGUF", "_a/_b"])
    func namesAreTakenApartAndPutTogether(_ text: String) throws {
        let name = try #require(RepositoryName(text))
        #expect(name.description == text)
        #expect(RepositoryName(folderName: name.folderName) == name)
    }

    @Test(arguments: [
        "", "a", "a/", "/b", "a/b/c", "../b", "a/..", "a/b..c", "a--b/c", "a/.b", "a/b.", "-a/b", "a/b-", "a/b.git",
        "a/b c", "a/b\0", "a/ü", "a\\b/c", "a/b:c", "a/b@c", String(repeating: "a", count: 97) + "/b", "a/b\n",
    ])
    func whatCouldLeadElsewhereIsNoName(_ text: String) { #expect(RepositoryName(text) == nil) }

    @Test(arguments: ["models--a", "datasets--a--b", "models----b", "models--..--b", "models--a--b--c--", ".locks"])
    func otherFoldersAreNoRepositories(_ name: String) { #expect(RepositoryName(folderName: name) == nil) }
}

@Suite struct RepositoryPathTests {
    @Test(arguments: [
        "config.json", "UD-Q4_K_XL/model-00001-of-00002.gguf", ".gitattributes", "a b/ü/模型.gguf", "con-text",
    ])
    func plainPathsPass(_ path: String) throws { #expect(try RepositoryPath(path, source: "hub").text == path) }

    static let hostile = [
        "", "/etc/passwd", "../x", "a/../x", "a/./x", "a//b", "a/", "..", ".", "a\\b", "C:x", "a:b", "a\nb", "a\0b",
        "a\u{7F}",
        "a\u{202E}gpj.exe", "a\u{200B}b", "con", "CON.txt", "a/nul", "COM1.gguf", "lpt9", ".git", "a/.GIT/config", "a.",
        "a ", " a",
        "a /b", "\u{FEFF}a", "\u{2028}a", String(repeating: "a", count: 256), String(repeating: "a/", count: 16) + "b",
        String(repeating: "ab/", count: 400) + "c",
    ]

    @Test(arguments: hostile)
    func hostilePathsAreRefusedInOneLine(_ path: String) throws {
        let error = try #require(throws: InputError.self) { try RepositoryPath(path, source: "hub") }
        #expect(error.kind == .invalidValue)
        #expect(error.description.count < 500 && error.description.allSatisfy { !$0.isNewline })
    }

    static let collisions: [[String]] = [
        ["config.json", "Config.JSON"], ["a/b", "A/B"], ["model", "model/x"], ["Model", "model/x"],
        ["caf\u{E9}", "cafe\u{301}"], ["straße/x", "STRAßE"],
    ]

    @Test(arguments: collisions)
    func pathsThatSomeFileSystemsConfuseAreRefused(_ paths: [String]) throws {
        let paths = try paths.map { try RepositoryPath($0, source: "hub") }
        #expect(throws: InputError.self) { try RepositoryPath.requireDistinct(paths, source: "hub") }
    }

    @Test func differentPathsPass() throws {
        let paths = try ["a", "b/a", "b/c", "B2"].map { try RepositoryPath($0, source: "hub") }
        try RepositoryPath.requireDistinct(paths, source: "hub")
    }
}

@Suite struct ModelReferenceTests {
    static let readings: [(String, String, String?, String?)] = [
        ("a/b", "a/b", nil, nil), ("a/b:Q4_K_M", "a/b", nil, "Q4_K_M"), ("a/b@v1", "a/b", "v1", nil),
        ("a/b@refs/pr/1:x/y.gguf", "a/b", "refs/pr/1", "x/y.gguf"), ("hf.co/a/b:Q8_0", "a/b", nil, "Q8_0"),
        ("https://huggingface.co/a/b", "a/b", nil, nil), ("hf://a/b", "a/b", nil, nil),
    ]

    @Test(arguments: readings)
    func namesAreTakenApart(_ text: String, _ repository: String, _ revision: String?, _ selector: String?) throws {
        let reference = try #require(ModelReference(text))
        #expect(reference.repository.description == repository)
        #expect(reference.revision == revision && reference.selector == selector)
        #expect(ModelReference(reference.description) == reference)
    }

    @Test(arguments: [
        "", "a", "first-light", "a/b:", "a/b@", "a/b:../x", "a/b@../../x", "a/b@/x", "a/b:x\n", "a/b:c:d", "./a/b",
        "~/b", "a/b/c",
        "https://evil.example/a/b", "/a/b",
    ])
    func otherTextsAreNone(_ text: String) { #expect(ModelReference(text) == nil) }
}
