import Foundation
import Models

/// Whether a model with its cache fits a machine of several devices, if both are spread evenly over them.
package struct MachineFit: Sendable, Encodable {
    /// What a token is remembered as.
    package enum Cache: String, Sendable, Encodable, CaseIterable {
        /// One latent for all heads, as DeepSeek-V2 and later models allow.
        case latent
        /// Keys and values of every head, as the study assumed.
        case expanded
    }

    package let machine: String
    package let cache: Cache
    /// Tokens that the cache is for.
    package let tokens: Int
    package let cacheBytes: Int
    package let bytesPerDevice: Int
    package let capacityPerDevice: Int
    /// Whether weights and cache find room at all; computing takes some percent more.
    package let fits: Bool

    /// Whether there is hardly room for what computing takes.
    package var isTight: Bool { fits && bytesPerDevice > capacityPerDevice / 20 * 19 }

    /// Devices that share a model.
    private struct Machine {
        let name: String
        let devices: Int
        let bytes: Int

        /// The machines of Zhao et al. (arXiv 2505.02390), table 1.
        static let studied = [
            Machine(name: "8 × 80 GB (H100, A100)", devices: 8, bytes: 80_000_000_000),
            Machine(name: "8 × 64 GB (910B)", devices: 8, bytes: 64_000_000_000),
        ]

        /// The one that this runs on.
        static var here: Machine {
            let bytes = Int(clamping: ProcessInfo.processInfo.physicalMemory)
            return Machine(name: "this machine", devices: 1, bytes: bytes)
        }
    }

    /// The study's machines and this one, with a cache in f16 for `tokens` tokens: latents where the model has them, and keys
    /// and values.
    package static func all(
        _ configuration: DecoderConfiguration, weightBytes: Int, tokens: Int = 32_768
    ) -> [MachineFit] {
        let caches = Cache.allCases.compactMap { cache in
            cache.values(configuration).map { (cache: cache, bytes: 2 * $0 * configuration.layerCount * tokens) }
        }
        return (Machine.studied + [.here]).flatMap { machine in
            caches.map { cache, bytes in
                let each = (weightBytes + bytes + machine.devices - 1) / machine.devices
                return MachineFit(
                    machine: machine.name, cache: cache, tokens: tokens, cacheBytes: bytes, bytesPerDevice: each,
                    capacityPerDevice: machine.bytes, fits: each <= machine.bytes)
            }
        }
    }
}

extension MachineFit.Cache {
    /// Values that a layer remembers of a token; `nil` where there are no latents.
    fileprivate func values(_ configuration: DecoderConfiguration) -> Int? {
        switch (configuration.attention, self) {
        case (.latent(let latent), .latent): latent.latentRank + latent.rotarySize
        case (.latent(let latent), .expanded):
            configuration.attention.headCount * (latent.contentSize + latent.rotarySize + latent.valueSize)
        case (.grouped, .latent): nil
        case (.grouped(let grouped), .expanded): 2 * grouped.keyValueHeadCount * grouped.headSize
        }
    }
}
