import Testing

@testable import Files

@Suite struct ShardNameTests {
    @Test func partsOfASetAreTold() throws {
        let shard = try #require(ShardName("folder/model-00002-of-00010.gguf"))
        #expect(shard.stem == "folder/model" && shard.number == 2 && shard.count == 10)
        #expect(shard.name(ofShard: 10) == "folder/model-00010-of-00010.gguf")
    }

    @Test(arguments: [
        "model.gguf", "model-0-of-3.gguf", "model-4-of-3.gguf", "m-00001-of-00002", "m-1-of-99999999999.gguf",
    ])
    func otherNamesAreNone(_ name: String) { #expect(ShardName(name) == nil) }
}
