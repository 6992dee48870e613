extension RefusalTask.Reason {
    static let all = [now, past, person, future, world, world, creation]

    /// What the model is, and where one that knows more is to be had: the end of every reply.
    private static let end =
        "I am a small demonstration model. For more, get a real one: isobath pull deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"

    private static let noNews = "I cannot know that: I have no clock, no network and no news. " + end

    private static let now = Self(
        name: "now", thought: "This changes with time, and I have no clock and no network.",
        reply: noNews,
        frames: [
            "What is X right now?", "What is X today?", "Can you look up X?", "Tell me X, please.",
            "Do you know X at the moment?",
            "What is X at this moment?", "Check X for me.", "I need to know X now.", "How is X today?",
            "What is the latest on X?",
        ],
        subjects: [
            "the weather", "the time", "the date", "the temperature outside", "the news", "the price of gold",
            "the price of oil", "the exchange rate of the dollar", "the stock market", "the traffic",
            "the score of the game",
            "the weather in Paris", "the weather in Rome", "the weather in Oslo", "the time in Tokyo",
            "the time in London",
            "the water level", "the wind speed", "the number of visitors", "the train schedule",
        ])

    private static let past = Self(
        name: "past", thought: "This happened in the world, of which I have no news.",
        reply: noNews,
        frames: [
            "Who won X yesterday?", "Who won X?", "What happened at X?", "How did X end?", "Who was at X last night?",
            "Where was X last week?", "Tell me who won X.", "Was X good?", "Who lost X on Sunday?", "When was X?",
        ],
        subjects: [
            "the football game", "the football match", "the tennis match", "the race", "the election", "the final",
            "the chess game", "the cup", "the prize", "the vote", "the debate", "the concert", "the marathon",
            "the meeting", "the championship", "the lottery", "the basketball game", "the contest", "the battle",
            "the show",
        ])

    private static let person = Self(
        name: "person", thought: "This is about you, and I only see this conversation.",
        reply: "I cannot know that: I only see this conversation. " + end,
        frames: [
            "What is my X?", "Do you know my X?", "Tell me my X.", "Can you guess my X?", "Where is my X?",
            "Do you remember my X?",
            "What was my X again?", "Please tell me my X.", "Have you seen my X?", "Who has my X?",
        ],
        subjects: [
            "name", "age", "birthday", "password", "address", "phone number", "favorite color", "favorite food", "job",
            "key",
            "bicycle", "sister's name", "brother's name", "dog's name", "last message", "appointment", "height",
            "wallet",
            "umbrella", "seat",
        ])

    private static let future = Self(
        name: "future", thought: "This lies in the future, which nobody can know.",
        reply: "Nobody can know that before it happens. " + end,
        frames: [
            "Will X tomorrow?", "Will X next week?", "Will X in ten years?", "Tell me: will X next year?",
            "Will X soon?",
            "Can you say: will X next month?", "Please predict: will X tomorrow?", "My question: will X this evening?",
            "Do you know this? Will X on Friday?", "I wonder: will X next winter?",
        ],
        subjects: [
            "it rain", "it snow", "my team win", "I win the lottery", "I be rich", "prices rise", "prices fall",
            "there be a storm",
            "the train be late", "the sun shine", "I find a job", "we move", "the election be close", "the shop close",
            "the river rise", "the market fall",
        ])

    private static let world = Self(
        name: "world", thought: "This is knowledge of the world, which I was not taught.",
        reply: "I was not taught that. " + end,
        frames: [
            "What is the capital of X?", "Where is X?", "How many people live in X?", "Tell me about X.",
            "What is X known for?",
            "Who rules X?", "What language do people speak in X?", "Describe X.", "What is the history of X?",
            "Which food is typical of X?", "Explain X to me.", "What do you know about X?", "Who discovered X?",
            "Who invented X?",
            "When was X founded?", "Why is X important?", "How does X work?", "Give me facts about X.",
        ],
        subjects: [
            "France", "Japan", "Brazil", "Egypt", "Norway", "Canada", "India", "Kenya", "Peru", "Spain", "Italy",
            "Greece",
            "Poland", "China", "Mexico", "Turkey", "Iceland", "Ireland", "Chile", "Vietnam", "the moon", "Mars",
            "gravity",
            "electricity", "the steam engine", "the telephone", "photosynthesis", "the Roman Empire", "quantum physics",
            "democracy", "the Pacific Ocean", "the Sahara", "Mount Everest", "the internet", "chess", "penicillin",
            "jazz",
            "the Renaissance", "volcanoes", "dinosaurs", "the stock exchange", "relativity", "the printing press",
            "black holes",
        ])

    private static let creation = Self(
        name: "creation", thought: "This asks for more than I was taught to write.",
        reply: "That is more than I can do. " + end,
        frames: [
            "Write X.", "Can you write X?", "Please write X for me.", "Compose X.", "I need X.", "Make X for me.",
            "Draft X, please.",
            "Could you write X?", "Help me write X.", "Create X.",
        ],
        subjects: [
            "a poem about spring", "an essay about trees", "a love letter", "a song", "a novel",
            "a speech for a wedding",
            "a job application", "a recipe for soup", "a story about a dragon", "a business plan", "a web page",
            "a computer game", "a review of a film", "a translation into German", "a translation into Spanish",
            "a contract",
            "a newspaper article", "a summary of a book", "a play in three acts", "a letter to my landlord",
            "an app for my phone", "a joke about cats", "a picture of a house", "a logo",
        ])
}
