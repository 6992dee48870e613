import Files
import Foundation
import Synchronization

/// A model that a server holds.
public struct ServedModel: Sendable, Equatable, Codable {
    /// What requests call it.
    public var name: String
    /// Where it lies.
    public var path: String
    /// Bytes of its weights.
    public var byteCount: Int

    /// A model that a server holds.
    public init(name: String, path: String, byteCount: Int) {
        (self.name, self.path, self.byteCount) = (name, path, byteCount)
    }
}

/// What a running server says of itself.
public struct RunningServer: Sendable, Equatable, Codable {
    /// The number of its process.
    public var process: Int32
    /// Where it answers: `http://127.0.0.1:8080`.
    public var address: String
    /// When it began to.
    public var started: Date
    /// The models that it holds.
    public var models: [ServedModel]
}

/// The servers that run on this machine, by the records that they keep in the store's folder.
///
/// A server holds a lock on its record for as long as it lives, and the system lets go of it whatever ends the server.
/// So a record without a lock is stale, and no process number that was given out again can pass for a server.
public struct RunningServers: Sendable {
    private let folder: String

    /// The largest record that is read.
    private static let sizeLimit = 1 << 20

    init(store: ModelStore) { folder = store.ownFolder + "/servers" }

    /// Says that this process serves `models` at `address`.
    /// - Returns: what keeps the record; it goes away with this object, or with the process.
    /// - Throws: `InputError` if the record cannot be written.
    public func register(address: String, models: [ServedModel] = []) throws -> ServerRegistration {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw InputError.unwritable(folder, error.localizedDescription)
        }
        let process = ProcessInfo.processInfo.processIdentifier
        let server = RunningServer(process: process, address: address, started: Date(), models: models)
        return try ServerRegistration(server, path: "\(folder)/\(process)-\(UUID().uuidString).json")
    }

    /// The servers that run, in the order of their starts. Records of those that run no more are removed.
    public func list() -> [RunningServer] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let servers = names.filter { $0.hasSuffix(".json") }.compactMap { server(at: "\(folder)/\($0)") }
        return servers.sorted { ($0.started, $0.process) < ($1.started, $1.process) }
    }

    private func server(at path: String) -> RunningServer? {
        do {
            if let lock = try FileLock.take(path, .shared) {
                withExtendedLifetime(lock) { try? FileManager.default.removeItem(atPath: path) }
                return nil
            }
        } catch {
            return nil
        }
        guard let file = try? MappedFile(path: path), file.byteCount <= RunningServers.sizeLimit else { return nil }
        let data = file.withBytes(in: 0..<file.byteCount) { Data($0) }
        return try? JSONDecoder.records.decode(RunningServer.self, from: data)
    }
}

/// Keeps a server's record in the store for as long as it lives.
public final class ServerRegistration: Sendable {
    private struct State {
        var server: RunningServer
        var lock: FileLock
        var isEnded = false
    }

    private let path: String
    private let state: Mutex<State>

    fileprivate init(_ server: RunningServer, path: String) throws {
        self.path = path
        state = Mutex(State(server: server, lock: try ServerRegistration.publish(server, at: path)))
    }

    deinit { end() }

    /// Says which models the server holds now.
    /// - Throws: `InputError` if the record cannot be written; the former one stays.
    public func update(models: [ServedModel]) throws {
        try state.withLock { state in
            guard !state.isEnded else { return }
            state.server.models = models
            state.lock = try ServerRegistration.publish(state.server, at: path)
        }
    }

    /// Removes the record; later calls do nothing.
    public func end() {
        state.withLock { state in
            guard !state.isEnded else { return }
            state.isEnded = true
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// Writes the record beside its place, locks it, and only then gives it the name under which it is looked for.
    private static func publish(_ server: RunningServer, at path: String) throws -> FileLock {
        let beside = path + ".new"
        try? FileManager.default.removeItem(atPath: beside)
        guard let lock = try FileLock.take(beside, .exclusive) else {
            throw InputError.unwritable(path, "another program holds it")
        }
        do {
            let data = try JSONEncoder.records.encode(server)
            let handle = try FileHandle(forWritingTo: URL(filePath: beside))
            try handle.write(contentsOf: data)
            try handle.close()
        } catch {
            throw InputError.unwritable(path, error.localizedDescription)
        }
        guard rename(beside, path) == 0 else { throw InputError.unwritable(path, String(cString: strerror(errno))) }
        return lock
    }
}

extension ModelStore {
    /// The servers that run on this machine with this store.
    public var servers: RunningServers { RunningServers(store: self) }
}

extension JSONEncoder {
    fileprivate static var records: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension JSONDecoder {
    fileprivate static var records: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        return decoder
    }
}
