import Foundation

/// The second-level cache of a core, for which work is cut into parts.
enum SecondCache {
    /// Its size; 1 MiB where the system does not say. Shared caches count as a core's own up to 2 MiB.
    static let bytes: Int = {
        let found = reported
        return found > 0 ? min(max(found, 256 << 10), 2 << 20) : 1 << 20
    }()

    private static var reported: Int {
        #if os(Linux)
        return sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
        #else
        var (size, width) = (Int64(0), MemoryLayout<Int64>.size)
        let names = ["hw.perflevel0.l2cachesize", "hw.l2cachesize"]
        return names.contains { sysctlbyname($0, &size, &width, nil, 0) == 0 } ? Int(size) : 0
        #endif
    }
}
