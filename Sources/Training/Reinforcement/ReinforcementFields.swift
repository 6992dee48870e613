import Files

extension ReinforcementSettings {
    private enum AdvantageName: String, CaseIterable { case normalized, centered, leaveOneOut, batch, critic }
    private enum AggregationName: String, CaseIterable { case outputs, tokens, fixedLength }

    /// The settings of a recipe's section: `algorithm`, and what is to differ from its defaults.
    /// - Throws: `InputError` for values that are not admissible, alone or together.
    package init(_ section: RecipeSection, maximumTokens: Int, seed: UInt64 = 0) throws {
        self.init(try section.choice("algorithm", default: .grpo), maximumTokens: maximumTokens)
        questionsPerBatch = try section.integer("questionsPerBatch", in: 1...65536, default: questionsPerBatch)
        samplesPerQuestion = try section.integer("samplesPerQuestion", in: 1...65536, default: samplesPerQuestion)
        miniBatches = try section.integer("miniBatches", in: 1...questionsPerBatch, default: 1)
        epochsPerBatch = try section.integer("epochsPerBatch", in: 1...100, default: 1)
        supervision = try section.choice("supervision", default: supervision)
        try readAdvantage(section)
        try readLoss(section, maximumTokens)
        try readSampling(section)
        tokensAtOnce = try section.integer("tokensAtOnce", in: 1...(1 << 24), default: tokensAtOnce)
        self.seed = UInt64(try section.integer("seed", in: 0...Int.max, default: Int(clamping: seed)))
        try check(section)
    }

    private mutating func readAdvantage(_ section: RecipeSection) throws {
        switch try section.choice("advantage", default: advantageName) {
        case .normalized:
            let epsilon = try section.number("advantageEpsilon", in: 0...1, default: 1e-4)
            advantage = .group(.normalized(epsilon: epsilon))
        case .centered: advantage = .group(.centered)
        case .leaveOneOut: advantage = .group(.leaveOneOut)
        case .batch:
            advantage = .batch(subtractsGroupMean: try section.boolean("subtractsGroupMean", default: false))
        case .critic: try readCritic(section)
        }
    }

    private var advantageName: AdvantageName {
        switch advantage {
        case .group(.normalized): .normalized
        case .group(.centered): .centered
        case .group(.leaveOneOut): .leaveOneOut
        case .batch: .batch
        case .critic: .critic
        }
    }

    private mutating func readCritic(_ section: RecipeSection) throws {
        let critic = try section.section("critic")
        var rule = GeneralizedAdvantage()
        rule.discount = try critic.number("discount", in: 0...1, default: rule.discount)
        rule.decay = try critic.number("decay", in: 0...1, default: rule.decay)
        if critic.has("valueDecay") { rule.valueDecay = try critic.number("valueDecay", in: 0...1) }
        advantage = .critic(rule, normalizes: try critic.boolean("normalizes", default: true))
        valueWeight = try critic.number("weight", in: 0...1e3, default: valueWeight)
        // 0 for none: a critic that may not move at all makes no sense.
        let clip = try critic.number("clip", in: 0...1e9, default: valueLoss.clip ?? 0)
        valueLoss.clip = clip > 0 ? clip : nil
    }

    private mutating func readLoss(_ section: RecipeSection, _ maximumTokens: Int) throws {
        loss.clipBelow = try section.number("clipBelow", in: 0...1, default: loss.clipBelow)
        loss.clipAbove = try section.number("clipAbove", in: 0...1e6, default: loss.clipAbove)
        switch try section.choice("aggregation", default: aggregationName) {
        case .outputs: loss.aggregation = .outputs
        case .tokens: loss.aggregation = .tokens
        case .fixedLength:
            var length = maximumTokens
            if case .fixedLength(let own) = loss.aggregation { length = own }
            loss.aggregation = .fixedLength(try section.integer("fixedLength", in: 1...(1 << 24), default: length))
        }
        penalty = try section.choice("penalty", default: penalty)
        penaltyWeight = try section.number("penaltyWeight", in: 0...1e3, default: penaltyWeight)
        referenceEvery = try section.integer("referenceEvery", in: 0...Int.max, default: referenceEvery)
    }

    private var aggregationName: AggregationName {
        switch loss.aggregation {
        case .outputs: .outputs
        case .tokens: .tokens
        case .fixedLength: .fixedLength
        }
    }

    private mutating func readSampling(_ section: RecipeSection) throws {
        evenGroups = try section.choice("evenGroups", default: evenGroups)
        mostRounds = try section.integer("mostRounds", in: 1...1000, default: mostRounds)
        leavesOutTruncated = try section.boolean("leavesOutTruncated", default: leavesOutTruncated)
    }

    private func check(_ section: RecipeSection) throws {
        var isGroup = false
        if case .group = advantage { isGroup = true }
        if isGroup, samplesPerQuestion < 2 {
            throw section.invalid("samplesPerQuestion", "found 1", "2 or more, to compare answers with one another")
        }
        if supervision == .process, !isGroup {
            throw section.invalid("supervision", "found process", "outcome, where steps are not compared in groups")
        }
        if isGroup, penalty == .reward, supervision == .process {
            throw section.invalid("penalty", "found reward", "loss or none, where steps are rewarded")
        }
    }
}
