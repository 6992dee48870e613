import Generation
import Tensors

/// What a benchmark found out about a model: `isobath bench`.
package struct BenchmarkReport: Sendable, Codable, Equatable {
    /// What the machine can do at most, sampled between the results; `nil` where that was not wanted.
    package var machine: MachineReport?
    package var model: BenchmarkedModel
    package var results: [BenchmarkResult]

    /// - Parameter isEightBit: whether products with weights were computed in 8 bits.
    package init(machine: MachineReport?, model: BenchmarkedModel, results: [BenchmarkResult], isEightBit: Bool) {
        self.machine = machine
        self.model = model
        self.results = results.map { result in
            var result = result
            guard let limits = machine?.byThreads.first(where: { $0.threads == result.threads }) else { return result }
            result.shareOfBandwidth = result.gbPerS / limits.readGbPerS.median
            result.shareOfReadingWeights = limits.weightsGbPerS.map { result.gbPerS / $0.median }
            result.shareOfInt8Peak = isEightBit ? limits.peak(.int8).map { result.topPerS / $0 } : nil
            return result
        }
    }
}

/// The model that was measured, and what it takes besides time.
package struct BenchmarkedModel: Sendable, Codable, Equatable {
    package var path: String
    package var format: String
    package var family: String
    package var parameters: Int
    package var activeParameters: Int
    /// Bytes of all tensors.
    package var bytes: Int
    /// Bytes of the weights that one token meets.
    package var activeBytes: Int
    /// Bytes of keys and values for each token, by how they are kept.
    package var cacheBytesPerToken: [String: Int]
    /// Which implementation of the operations ran.
    package var kernels: String
    /// Prompt tokens that went through the model at once.
    package var chunk: Int
    /// Seconds from opening the files until the first step could begin.
    package var loadSeconds: Double
    /// After the last run; `nil` where the system does not say.
    package var residentBytes: Int?
    package var peakResidentBytes: Int?
}

extension BenchmarkedModel {
    package init(_ model: LanguageModel, cacheTypes: [ElementType], loadSeconds: Double, memory: MemoryUse?) {
        let report = model.report()
        let weights = ActiveWeights(model)
        self.path = model.path
        self.format = report.format
        self.family = report.family
        self.parameters = report.parameters
        self.activeParameters = report.activeParameters
        self.bytes = report.bytes
        self.activeBytes = Int(weights.bytes(distinctExperts: weights.expectedExperts(rows: 1)).rounded())
        self.cacheBytesPerToken = cacheTypes.reduce(into: [:]) {
            $0[$1.rawValue.lowercased()] = model.decoder.cacheLayout(elementType: $1).bytesPerToken
        }
        self.kernels = model.operations.name
        self.chunk = model.settings.chunkLength
        self.loadSeconds = loadSeconds
        self.residentBytes = memory?.residentBytes
        self.peakResidentBytes = memory?.peakResidentBytes
    }
}
