import Foundation
import Tensors

/// What a machine can do at most, as measured: `isobath bench --machine`.
///
/// The figures of the machine itself are those of the most threads that were measured.
package struct MachineReport: Sendable, Codable, Equatable {
    /// What the system calls the processor.
    package var processor: String
    /// Cores that this process may use.
    package var cores: Int
    package var memoryBytes: UInt64
    /// The form of the loops.
    package var kernels: String
    /// As in the last entry of `byThreads`.
    package var readGbPerS: Double
    package var int8TopPerS: Double?
    package var int16TopPerS: Double?
    package var bf16TflopPerS: Double?
    package var f32TflopPerS: Double?
    /// In ascending order of threads.
    package var byThreads: [MachineLimits]

    /// - Precondition: there are limits.
    package init(kernels: FloatKernels.Form, limits: [MachineLimits]) {
        precondition(!limits.isEmpty, "a machine that was not measured")
        let sorted = limits.sorted { $0.threads < $1.threads }
        let most = sorted[sorted.count - 1]
        self.processor = MachineReport.processorName
        self.cores = ProcessInfo.processInfo.activeProcessorCount
        self.memoryBytes = ProcessInfo.processInfo.physicalMemory
        self.kernels = kernels.rawValue
        self.readGbPerS = most.readGbPerS.median
        self.int8TopPerS = most.peak(.int8)
        self.int16TopPerS = most.peak(.int16)
        self.bf16TflopPerS = most.peak(.bf16)
        self.f32TflopPerS = most.peak(.f32)
        self.byThreads = sorted
    }

    private static var processorName: String {
        #if os(Linux)
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        let line = lines.first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
        return name ?? "unknown"
        #elseif canImport(Darwin)
        var size = 0
        sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
        var name = [UInt8](repeating: 0, count: size)
        sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0)
        return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        #else
        return "unknown"
        #endif
    }
}

/// What a number of threads can do at most.
package struct MachineLimits: Sendable, Codable, Equatable {
    package var threads: Int
    /// Bytes that all threads together read from memory, in 10⁹ a second.
    package var readGbPerS: Spread
    /// The same of a model's weights where they lie; `nil` where none were measured.
    package var weightsGbPerS: Spread?
    package var peaks: [ArithmeticPeak]

    /// 10¹² operations a second; `nil` where the processor has no such numbers.
    package func peak(_ kind: PeakLoop.Kind) -> Double? {
        peaks.first { $0.kind == kind.rawValue }?.topPerS
    }
}

/// The most operations on one kind of numbers.
package struct ArithmeticPeak: Sendable, Codable, Equatable {
    /// "int8", "int16", "bf16" or "f32".
    package var kind: String
    package var instructions: String
    /// Operations of all threads together, in 10¹² a second: two for each multiply-add.
    package var topPerS: Double
}
