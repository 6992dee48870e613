import Generation

/// What a small model cannot know, and says so: things of the moment, of the person, of the future, and most of the world.
struct RefusalTask: ExerciseTask {
    let name = "refusals"

    /// One reason for not answering, with its reply.
    struct Reason: Sendable {
        let name: String
        let thought: String
        let reply: String
        let frames: [String]
        /// What stands for X in the frames.
        let subjects: [String]
    }

    func exercise(_ random: inout RandomSource) -> Exercise {
        let reason = random.pick(Reason.all)
        let question = random.pick(reason.frames).replacing("X", with: random.pick(reason.subjects))
        return Exercise(
            prompt: random.wording([question]), thought: reason.thought + "\n" + reason.reply, answer: reason.reply,
            content: question)
    }
}
