import Foundation

/// Memory of this process that is in RAM, in bytes; pages of mapped files that were touched count.
package struct MemoryUse: Sendable, Codable, Equatable {
    /// At present.
    package var residentBytes: Int
    /// The most so far; where the system does not say, the most that was seen.
    package var peakResidentBytes: Int

    /// What the system says now; `nil` where it does not.
    package static func now() -> MemoryUse? {
        #if os(Linux)
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let resident = field("VmRSS", of: status), let peak = field("VmHWM", of: status)
        else { return nil }
        return MemoryUse(residentBytes: resident, peakResidentBytes: peak)
        #elseif canImport(Darwin)
        return darwin()
        #else
        return nil
        #endif
    }

    /// A field of `/proc/self/status`, which counts in units of 1024 bytes.
    static func field(_ name: String, of status: String) -> Int? {
        for line in status.split(separator: "\n") where line.hasPrefix(name + ":") {
            let parts = line.split(whereSeparator: \.isWhitespace)
            return parts.count > 1 ? Int(parts[1]).map { $0 * 1024 } : nil
        }
        return nil
    }

    #if canImport(Darwin)
    private static func darwin() -> MemoryUse? {
        var info = mach_task_basic_info()
        let words = MemoryLayout<mach_task_basic_info>.size / MemoryLayout<natural_t>.size
        var count = mach_msg_type_number_t(words)
        let status = withUnsafeMutablePointer(to: &info) { info in
            // Safe: the structure is that many words long, and is only written within them.
            info.withMemoryRebound(to: integer_t.self, capacity: words) {
                task_info(mach_task_self_, task_flavor_t(MACH_TASK_BASIC_INFO), $0, &count)
            }
        }
        guard status == KERN_SUCCESS else { return nil }
        return MemoryUse(residentBytes: Int(info.resident_size), peakResidentBytes: Int(info.resident_size_max))
    }
    #endif
}
