/// Everyday statements with their opposites.
struct Statement: Sendable {
    /// "it rains"
    let positive: String
    /// "it does not rain"
    let negative: String
    /// "Does it rain?"
    let question: String

    func text(_ isTrue: Bool) -> String { isTrue ? positive : negative }

    private init(_ positive: String, _ negative: String, _ question: String) {
        (self.positive, self.negative, self.question) = (positive, negative, question)
    }

    static let all: [Statement] = weather + states + deeds

    private static let weather = [
        Statement("it rains", "it does not rain", "Does it rain?"),
        Statement("it snows", "it does not snow", "Does it snow?"),
        Statement("the sun shines", "the sun does not shine", "Does the sun shine?"),
        Statement("the wind blows", "the wind does not blow", "Does the wind blow?"),
    ]

    /// "the lamp is on": things with two states.
    private static let states = [
        ("the street", "wet"), ("the lamp", "on"), ("the door", "open"), ("the window", "closed"), ("the shop", "open"),
        ("the soup", "hot"), ("the garden", "green"), ("the train", "late"), ("the room", "warm"), ("the box", "full"),
        ("the dog", "hungry"), ("the cat", "asleep"), ("the river", "deep"), ("the road", "closed"),
        ("the bell", "loud"),
        ("the milk", "cold"), ("the gate", "locked"), ("the cup", "empty"), ("the light", "red"),
        ("the floor", "clean"),
    ].map { subject, state in
        Statement("\(subject) is \(state)", "\(subject) is not \(state)", "Is \(subject) \(state)?")
    }

    /// "Anna sings": what people do.
    private static let deeds = [
        ("Anna", "sing"), ("Ben", "cook"), ("Clara", "read"), ("David", "swim"), ("Emma", "paint"), ("Felix", "run"),
        ("Grace", "dance"), ("Henry", "sleep"), ("Iris", "work"), ("Jack", "laugh"), ("Kate", "drive"),
        ("Leo", "write"),
    ].map { name, verb in
        Statement("\(name) \(verb)s", "\(name) does not \(verb)", "Does \(name) \(verb)?")
    }
}
