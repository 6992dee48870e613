import Isobath
import Reports

/// What `run --json` says about the memory for experts.
struct ExpertReport: Encodable {
    struct Phase: Encodable {
        var tokens: Int
        var hits: Int
        var foreseen: Int
        var misses: Int
        var hitRate: Double
        var foreseenRate: Double
        var bytesRead: Int
        var bytesReadAhead: Int
        var bytesPerToken: Double
        var waitingSeconds: Double

        init(_ phase: ExpertTraffic.Phase) {
            tokens = phase.tokens
            hits = phase.hits
            foreseen = phase.foreseen
            misses = phase.misses
            hitRate = phase.hitRate
            foreseenRate = phase.foreseenRate
            bytesRead = phase.bytesRead
            bytesReadAhead = phase.bytesReadAhead
            bytesPerToken = phase.bytesPerToken
            waitingSeconds = phase.waitingSeconds
        }
    }

    var memoryBytes: Int
    var slots: Int
    var hitRate: Double
    var bytesRead: Int
    var prompt: Phase
    var generation: Phase

    init(_ traffic: ExpertTraffic) {
        memoryBytes = traffic.memoryBytes
        slots = traffic.slots
        hitRate = traffic.total.hitRate
        bytesRead = traffic.total.bytesRead
        prompt = Phase(traffic.prompt)
        generation = Phase(traffic.generation)
    }
}

extension ExpertTraffic {
    /// One line for the person at the terminal.
    var remark: String {
        let phase = generation.tokens > 0 ? generation : prompt
        let share = Format.decimal(phase.hitRate * 100)
        let foreseen = Format.decimal(phase.foreseenRate * 100)
        let each = Format.bytes(Int(phase.bytesPerToken))
        return "experts: \(share) % of those chosen were in \(Format.bytes(memoryBytes)) of memory, "
            + "\(foreseen) % were foreseen, \(each) read for each token, \(Format.bytes(total.bytesRead)) in all"
    }
}
