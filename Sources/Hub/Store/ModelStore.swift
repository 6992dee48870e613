import Files
import Foundation

/// The folder in which models from hubs lie: the cache that Hugging Face's own programs use, in their layout.
///
///     models--ORG--NAME/
///       blobs/HASH                  the content of each file, once
///       snapshots/COMMIT/PATH       a link to it for every file of a revision that is here
///       refs/REVISION               the commit that a branch or tag stood for when it was pulled
///     .locks/models--ORG--NAME/     locks, which nothing but a running program holds
///
/// What `huggingface_hub` has downloaded is used, and the other way round.
public struct ModelStore: Sendable {
    /// The folder's path.
    public let folder: String
    /// The folder in which the hub's own programs keep the token.
    let home: String

    /// The store of the person that runs the program: `HF_HUB_CACHE`, or `hub` in `HF_HOME`, or in the usual place for
    /// caches.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        func path(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : NSString(string: $0).expandingTildeInPath }
        }
        let caches = path("XDG_CACHE_HOME") ?? NSString(string: "~/.cache").expandingTildeInPath
        home = path("HF_HOME") ?? caches + "/huggingface"
        folder = path("HF_HUB_CACHE") ?? path("HUGGINGFACE_HUB_CACHE") ?? home + "/hub"
    }

    /// The store in `folder`.
    public init(folder: String) { (self.folder, home) = (folder, folder) }

    /// The part of it that belongs to one repository; nothing is made by asking.
    func repository(_ name: RepositoryName) -> RepositoryFolder { RepositoryFolder(name, in: folder) }

    /// Where this program keeps what the layout has no place for; the hub's own programs pass over it.
    var ownFolder: String { folder + "/.locks/isobath" }

    /// The repositories of which there is a folder, in the order of their names.
    func repositories() -> [RepositoryFolder] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { RepositoryName(folderName: $0) }.map { repository($0) }
    }
}
