import Files
import Foundation
import GRDB

/// The runs of a folder, in SQLite: `index.sqlite` beside the runs' own folders.
package struct RunIndex: Sendable {
    /// What is known of a run without looking into its folder.
    package struct Entry: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
        package static var databaseTableName: String { "run" }

        /// The run's folder, relative to the index; no two runs have the same.
        package var folder: String
        package var name: String
        /// Of all settings: equal for runs of the same recipe.
        package var recipe: String
        /// When the run began, and when it last said something: seconds since 1970.
        package var started: Double
        package var updated: Double
        package var step: Int
        package var steps: Int
        package var loss: Double?
        package var status: String

        package init(
            folder: String, name: String, recipe: String, started: Double, updated: Double, step: Int, steps: Int,
            loss: Double?, status: String
        ) {
            (self.folder, self.name, self.recipe, self.status) = (folder, name, recipe, status)
            (self.started, self.updated, self.loss) = (started, updated, loss)
            (self.step, self.steps) = (step, steps)
        }
    }

    package let path: String
    private let database: DatabaseQueue

    /// Opens the index in `folder`, or makes one.
    /// - Throws: `InputError` if it cannot be opened or is no such index.
    package init(in folder: String) throws {
        path = (folder.isEmpty ? "." : folder) + "/index.sqlite"
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.write(Self.prepare)
        } catch {
            throw Self.defect(path, error)
        }
    }

    private static func prepare(_ database: Database) throws {
        try database.create(table: "run", options: .ifNotExists) { table in
            table.primaryKey("folder", .text)
            table.column("name", .text).notNull()
            table.column("recipe", .text).notNull()
            table.column("started", .double).notNull()
            table.column("updated", .double).notNull()
            table.column("step", .integer).notNull()
            table.column("steps", .integer).notNull()
            table.column("loss", .double)
            table.column("status", .text).notNull()
        }
    }

    /// Notes what a run has reached; one that is known keeps the time at which it began.
    package func note(_ entry: Entry) throws {
        do {
            try database.write { database in
                var entry = entry
                if let known = try Entry.fetchOne(database, key: entry.folder) { entry.started = known.started }
                try entry.save(database)
            }
        } catch {
            throw Self.defect(path, error)
        }
    }

    /// All runs, in the order in which they began.
    package var entries: [Entry] {
        get throws {
            do {
                return try database.read { try Entry.order(Column("started"), Column("folder")).fetchAll($0) }
            } catch {
                throw Self.defect(path, error)
            }
        }
    }

    private static func defect(_ path: String, _ error: any Error) -> InputError {
        InputError(
            .unreadable, source: path, found: "SQLite says: \(printable("\(error)", limit: 200))",
            expected: "an index of runs", advice: "remove the file; runs themselves do not depend on it")
    }
}

extension RunSettings {
    /// A number for all settings, in hexadecimal (FNV-1a, 64 bits).
    package var fingerprint: String {
        let hash = yaml.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
