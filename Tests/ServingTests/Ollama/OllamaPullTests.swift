import Files
import Foundation
import Generation
import Hub
import HubStub
import HummingbirdTesting
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Serving

@Suite(.timeLimit(.minutes(5))) struct OllamaPullTests {
    /// First Light in a repository of a hub on this machine, and a server that brings models from there.
    private final class Setting: Sendable {
        let hub: HubStub
        let folder: String
        let announced = Mutex<[[String]]>([])

        init(fault: @escaping @Sendable (StubRequest) -> StubFault? = { _ in nil }) async throws {
            let source = try ShippedModel.firstLight.path()
            let files = try FileManager.default.contentsOfDirectory(atPath: source).map { name in
                StubRepository.File(name, try Data(contentsOf: URL(filePath: source + "/" + name)))
            }
            hub = try await HubStub([StubRepository("org/light", files)], fault: fault)
            folder = try Fixture.temporaryFolder()
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func server(_ change: (inout ServerSettings) -> Void = { _ in }, supplies: Bool = true) throws -> Server {
            var settings = ServerSettings()
            settings.port = 0
            change(&settings)
            var options = PullOptions()
            options.endpoint = hub.endpoint
            let supply = ModelSupply(store: ModelStore(folder: folder), options: options) { stored in
                let model = try LanguageModel(path: stored.path)
                return try OpenModel(id: stored.name, model, engine: Engine(model))
            } onChange: { [weak self] models in
                self?.announced.withLock { $0.append(models.map(\.id)) }
            }
            let service = try ModelService(
                [ServedFixture.model.get()], settings, supply: supplies ? supply : nil, version: "0",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            return try Server(service, page: nil)
        }
    }

    @Test func aPulledModelAnswers() async throws {
        let setting = try await Setting()
        try await setting.server().application().test(.router) { client in
            #expect(try await client.ask("/api/show", ["model": "org/light"]).status == 404)
            let pulled = try await client.ask("/api/pull", ["model": "org/light"])
            #expect(pulled.status == 200 && pulled.headers[.contentType] == "application/x-ndjson")
            let lines = try pulled.lines()
            #expect(lines.first?["status"]?.string == "pulling manifest")
            #expect(lines.last?["status"]?.string == "success")
            let totals = lines.compactMap { $0["total"]?.integer }
            #expect(totals.max() == 2_997_728)
            for line in lines where line["total"] != nil {
                #expect(try #require(line["completed"]?.integer) <= #require(line["total"]?.integer))
            }
            let names = try await client.ask("/api/tags").json()["models"]?.array?.compactMap { $0["name"]?.string }
            #expect(names == ["first-light", "org/light"])
            let answer = try await client.ask(
                "/api/generate",
                [
                    "model": "org/light:latest", "prompt": .string(ServedFixture.question), "stream": false,
                    "options": ["temperature": 0],
                ]
            ).json()
            #expect(answer["response"]?.string?.hasSuffix("933") == true)
        }
        #expect(setting.announced.withLock { $0 } == [["first-light", "org/light"]])
    }

    /// The second time nothing comes again, and the model that is open stays.
    @Test func pullingAgainChangesNothing() async throws {
        let setting = try await Setting()
        try await setting.server().application().test(.router) { client in
            for _ in 0..<2 {
                let answer = try await client.ask("/api/pull", ["name": "org/light", "stream": false])
                #expect(try answer.json() == ["status": "success"])
            }
            #expect(try await client.ask("/api/tags").json()["models"]?.array?.count == 2)
        }
        #expect(setting.announced.withLock { $0.count } == 1)
        #expect(setting.hub.requests.filter { $0.path.hasSuffix("/model.safetensors") && $0.isStorage }.count <= 1)
    }

    @Test(arguments: ["", "light", "../../etc", "org/light/../x", "org/li ght", "http://127.0.0.1/a/b"])
    func namesAreChecked(_ name: String) async throws {
        let setting = try await Setting()
        try await setting.server().application().test(.router) { client in
            let answer = try await client.ask("/api/pull", ["model": .string(name), "stream": false])
            #expect(answer.status == 400)
            #expect(try answer.json()["error"]?.string?.contains("OWNER/NAME") == true)
        }
        #expect(setting.hub.requests.isEmpty)
    }

    @Test func whatTheHubRefusesIsSaid() async throws {
        let setting = try await Setting()
        try await setting.server().application().test(.router) { client in
            let whole = try await client.ask("/api/pull", ["model": "org/other", "stream": false])
            #expect((400..<500).contains(whole.status))
            #expect(try whole.json()["error"]?.string?.contains("org/other") == true)
            let lines = try await client.ask("/api/pull", ["model": "org/other"]).lines()
            #expect(lines.last?["error"]?.string?.contains("org/other") == true)
        }
    }

    /// A server that strangers reach without a key fills no disks.
    @Test func strangersPullNothing() async throws {
        let setting = try await Setting()
        let open = try setting.server { ($0.host, $0.isInsecure) = ("0.0.0.0", true) }
        for server in [open, try setting.server(supplies: false)] {
            try await server.application().test(.router) { client in
                let answer = try await client.ask("/api/pull", ["model": "org/light"])
                #expect(answer.status == 403)
            }
        }
        #expect(setting.hub.requests.isEmpty)
    }
}
