import Generation

/// Short stories with a question whose answer stands in one sentence.
struct ReadingTask: ExerciseTask {
    let name = "reading"

    fileprivate static let places = [
        "market", "park", "library", "station", "beach", "museum", "school", "garden", "harbor", "bakery", "forest",
        "castle",
    ]
    fileprivate static let times = [
        "On Monday", "On Tuesday", "On Friday", "In the morning", "In the evening", "After lunch", "At noon",
        "On Sunday", "Before dinner", "In April", "In winter",
    ]
    fileprivate static let foods = [
        "bread", "soup", "cake", "rice", "an apple", "a pear", "cheese", "a cookie", "salad", "an egg",
    ]
    fileprivate static let colors = [
        "red", "blue", "green", "white", "black", "yellow", "brown", "big", "new", "small",
    ]

    func exercise(_ random: inout RandomSource) -> Exercise {
        let story = Story(&random)
        let count = random.number(2...min(5, story.sentences.count))
        let shown = story.sentences.prefix(count)
        let (sentence, questions, answer) = random.pick(Array(shown))
        let text = shown.map(\.text).joined(separator: " ")
        let question = random.pick(questions)
        let prompt = random.chance(0.7) ? "\(text) \(question)" : "\(question) \(text)"
        return Exercise(
            prompt: prompt, thought: "\(sentence)\n\(answer)", answer: answer, content: "\(text) \(question)")
    }

    /// What happens, with a question to each sentence.
    struct Story {
        typealias Sentence = (text: String, questions: [String], answer: String)
        let sentences: [Sentence]

        init(_ random: inout RandomSource) {
            let people = random.sample(2, of: WordList.names)
            let (hero, friend) = (people[0], people[1])
            let place = random.pick(ReadingTask.places)
            let time = random.pick(ReadingTask.times)
            let thing = random.pick(WordList.things)
            let color = random.pick(ReadingTask.colors)
            let food = random.pick(ReadingTask.foods)
            let count = random.number(2...20)
            let goods = random.pick(WordList.goods)
            let begin: Sentence = (
                "\(time), \(hero) went to the \(place).",
                ["Where did \(hero) go?", "To which place did \(hero) go?"], "the \(place)"
            )
            let rest: [Sentence] = [
                ("There \(hero) met \(friend).", ["Who met \(friend)?", "Which person met \(friend)?"], hero),
                (
                    "\(hero) found a \(color) \(thing).", ["What did \(hero) find?", "Which thing did \(hero) find?"],
                    "a \(color) \(thing)"
                ),
                ("\(friend) ate \(food).", ["What did \(friend) eat?", "Which food did \(friend) have?"], food),
                (
                    "\(hero) bought \(count) \(goods).",
                    ["How many \(goods) did \(hero) buy?", "What number of \(goods) did \(hero) buy?"], "\(count)"
                ),
                ("Then \(friend) went home.", ["Who went home?", "Which person went home?"], friend),
            ]
            sentences = [begin] + random.shuffled(rest)
        }
    }
}
