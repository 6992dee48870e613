import Files
import Foundation
import Testing

@testable import Hub

@Suite struct HubListingTests {
    private let commit = String(repeating: "a", count: 40)
    private let hash = String(repeating: "b", count: 40)
    private let large = String(repeating: "c", count: 64)

    private func listing(_ entries: String) throws -> RepositoryListing {
        let value = try JSONParser.parse("[\(entries)]", source: "hub")
        return try HubLister.listing(commit, value.array ?? [], source: "hub")
    }

    private func entry(_ path: String, size: String = "1", oid: String? = nil) -> String {
        #"{"type": "file", "path": "\#(path)", "size": \#(size), "oid": "\#(oid ?? hash)"}"#
    }

    @Test func filesAreRead() throws {
        let lfs =
            #"{"type": "file", "path": "m.gguf", "size": 5, "oid": "\#(hash)", "lfs": {"oid": "\#(large)", "size": 7}}"#
        let listing = try listing(
            #"{"type": "directory", "path": "../x", "oid": "", "size": 0}, "# + entry("a") + ", " + lfs)
        #expect(listing.commit == commit && listing.refused.isEmpty)
        #expect(listing.files.map(\.path.text) == ["a", "m.gguf"] && listing.files.map(\.byteCount) == [1, 7])
        #expect(listing.files.map(\.digest.kind) == [.gitSHA1, .sha256] && listing.files[1].digest.text == large)
    }

    static let unusable: [(String, String, String?)] = [
        ("../x", "1", nil), ("a\\\\b", "1", nil), ("a", "-1", nil), ("a", "1e30", nil), ("a", "0.5", nil),
        ("a", "\"1\"", nil),
        ("a", "99999999999999999999", nil), ("a", "70368744177665", nil), ("a", "1", ""), ("a", "1", "../../x"),
        ("a", "1", String(repeating: "B", count: 40)), ("a", "1", String(repeating: "c", count: 64)),
    ]

    @Test(arguments: unusable)
    func entriesThatCannotBeRightAreLeftOut(_ path: String, _ size: String, _ oid: String?) throws {
        let listing = try listing(entry(path, size: size, oid: oid) + ", " + entry("good"))
        #expect(listing.files.map(\.path.text) == ["good"])
        #expect(listing.refused.count == 1)
    }

    @Test func fileThatStandsTwiceIsRefused() throws {
        #expect(throws: InputError.self) { try listing(entry("a") + ", " + entry("a")) }
    }

    @Test func entryWithoutPathIsRefused() throws {
        #expect(throws: InputError.self) { try listing(#"{"type": "file", "path": 5}"#) }
    }

    static let links: [(String?, String?)] = [
        (nil, nil), ("", nil), (#"<https://h.example/x?cursor=a%3D&limit=5>; rel="next""#, "cursor=a%3D&limit=5"),
        (#"<https://h.example/x?a=b>; rel="prev", <https://evil.example/y?cursor=2>;rel="next""#, "cursor=2"),
        (#"<https://h.example/x?a=b>; rel="last""#, nil), (#"<<>>; rel="next""#, nil),
        (#"https://h.example; rel="next""#, nil),
    ]

    @Test(arguments: links)
    func nextPageIsAQueryOnly(_ link: String?, _ expected: String?) { #expect(HubLister.nextQuery(link) == expected) }

    @Test func gitHashIsGits() {
        // `printf 'hello\n' | git hash-object --stdin`
        var hasher = BlobHasher(.gitSHA1, byteCount: 6)
        hasher.update(Array("hel".utf8))
        hasher.update(Array("lo\n".utf8))
        #expect(hasher.text == "ce013625030ba8dba906f756967f9e9ca394464a")
    }

    @Test func licenceIsReadFromTheCard() {
        #expect(ModelCard("---\nlicense: mit\ntags:\n- x\n---\n# M")?.licence == "mit")
        #expect(
            ModelCard("---\nlicense: other\nlicense_name: \"deepseek\"\nlicense_link: LICENSE\n---\n")?.licence
                == "deepseek")
        #expect(ModelCard("---\r\nlicense: mit\r\n---\r\n")?.licence == "mit")
        #expect(ModelCard("# M\nlicense: mit\n") == nil)
        #expect(ModelCard("---\nlicense: mit\n") == nil)
        #expect(ModelCard("---\n  license: mit\n---\n")?.licence == nil)
    }
}
