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

/// Follows how much memory this process takes, with pauses that do not count.
package struct MemoryWatch: Sendable {
    private var peak = 0
    /// Whether the system's own record includes what happened in a pause.
    private var isRecordSpoiled = false

    package init() {}

    /// - Returns: what the process takes now, and the most it took; `nil` where the system does not say.
    package mutating func look() -> MemoryUse? {
        guard let now = MemoryUse.now() else { return nil }
        peak = max(peak, isRecordSpoiled ? now.residentBytes : now.peakResidentBytes)
        return MemoryUse(residentBytes: now.residentBytes, peakResidentBytes: peak)
    }

    /// Calls `body`, whose memory does not count.
    package mutating func pause(_ body: () throws -> Void) rethrows {
        _ = look()
        defer { if !MemoryWatch.resetRecord() { isRecordSpoiled = true } }
        try body()
    }

    /// Makes the system's record of the most memory start anew.
    private static func resetRecord() -> Bool {
        #if os(Linux)
        // proc(5): writing 5 resets the peak resident set size.
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return false }
        defer { try? file.close() }
        return (try? file.write(contentsOf: Data("5\n".utf8))) != nil
        #else
        return false
        #endif
    }
}
