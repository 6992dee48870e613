/// Something that everybody knows, with ways to ask for it.
struct Fact: Sendable {
    /// The questions, each with what stands for the thing in it already.
    let questions: [String]
    /// One sentence that says it.
    let statement: String
    let answer: String
}

/// The few facts that the corpus teaches.
enum FactTable {
    static let all: [Fact] =
        opposites + plurals + past + sounds + legs + homes + kinds + neighbours + sides + counts + uses + colors

    private static func fact(_ questions: [String], _ statement: String, _ answer: String) -> Fact {
        Fact(questions: questions, statement: statement, answer: answer)
    }

    /// "a dog", "an owl"
    private static func one(_ thing: String) -> String {
        ("aeiou".contains(thing.prefix(1)) ? "an " : "a ") + thing
    }

    private static func pairs(_ text: String) -> [(String, String)] {
        text.split(whereSeparator: \.isWhitespace).map { pair in
            let parts = pair.split(separator: "/").map(String.init)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
    }

    private static let opposites: [Fact] = pairs(
        """
        hot/cold big/small tall/short old/new fast/slow early/late day/night up/down left/right open/closed full/empty
        wet/dry hard/soft light/dark heavy/light happy/sad rich/poor strong/weak loud/quiet near/far high/low
        inside/outside first/last long/short thick/thin wide/narrow clean/dirty sharp/blunt sweet/sour good/bad
        true/false yes/no in/out front/back always/never more/less before/after begin/end buy/sell give/take win/lose
        push/pull rise/fall come/go remember/forget ask/answer love/hate summer/winter north/south east/west
        """
    ).flatMap { a, b in
        // "light" has two opposites: it is only asked for in the other direction.
        [(a, b), (b, a)].filter { $0.0 != "light" && $0.0 != "short" }.map { word, opposite in
            fact(
                [
                    "What is the opposite of \(word)?", "Which word is the opposite of \(word)?",
                    "Name the opposite of \(word).",
                    "What is the contrary of \(word)?", "Give me the opposite of the word \(word).",
                ], "The opposite of \(word) is \(opposite).", opposite)
        }
    }

    private static let plurals: [Fact] = pairs(
        """
        cat/cats dog/dogs box/boxes bus/buses child/children man/men woman/women foot/feet tooth/teeth mouse/mice
        goose/geese sheep/sheep fish/fish leaf/leaves knife/knives wolf/wolves city/cities baby/babies day/days
        dish/dishes potato/potatoes person/people book/books watch/watches half/halves life/lives key/keys berry/berries
        """
    ).map { single, many in
        fact(
            [
                "What is the plural of \(single)?", "One \(single), two …?", "How do you say more than one \(single)?",
                "Give me the plural of \(single).", "Which word means more than one \(single)?",
            ], "One \(single), two \(many).", many)
    }

    private static let past: [Fact] = pairs(
        """
        go/went see/saw take/took give/gave come/came eat/ate drink/drank run/ran sing/sang swim/swam write/wrote
        read/read make/made buy/bought think/thought bring/brought find/found lose/lost win/won sleep/slept keep/kept
        speak/spoke break/broke drive/drove fly/flew know/knew grow/grew begin/began walk/walked play/played work/worked
        """
    ).map { now, then in
        fact(
            [
                "What is the past tense of \(now)?", "Today I \(now). What did I do yesterday, in one word?",
                "Give me the past tense of \(now).", "How do you put \(now) into the past?",
            ], "The past tense of \(now) is \(then).", then)
    }

    private static let sounds: [Fact] = pairs(
        "dog/barks cat/meows cow/moos sheep/bleats horse/neighs duck/quacks lion/roars bee/buzzes snake/hisses frog/croaks owl/hoots pig/grunts wolf/howls mouse/squeaks"
    ).map { animal, verb in
        fact(
            [
                "What sound does \(one(animal)) make?", "What does \(one(animal)) do to be heard?",
                "How does \(one(animal)) sound?", "Which verb says what \(one(animal)) sounds like?",
            ], "What \(one(animal)) does: it \(verb).", verb)
    }

    private static let legs: [Fact] = pairs(
        "dog/4 cat/4 horse/4 cow/4 bird/2 duck/2 chicken/2 ant/6 bee/6 fly/6 spider/8 crab/10 snake/0 fish/0 human/2 frog/4 mouse/4 elephant/4"
    ).map { animal, count in
        fact(
            [
                "How many legs does \(one(animal)) have?", "How many legs has \(one(animal))?",
                "What is the number of legs of \(one(animal))?", "On how many legs does \(one(animal)) stand?",
            ], "Legs of \(one(animal)): \(count).", count)
    }

    private static let homes: [Fact] = pairs(
        "bird/nest bee/hive spider/web fox/den rabbit/burrow horse/stable fish/water lion/savanna camel/desert penguin/ice"
    ).map { animal, home in
        fact(
            [
                "Where does \(one(animal)) live?", "What is the home of \(one(animal))?",
                "In which place is \(one(animal)) at home?",
            ],
            "The home of \(one(animal)): \(home).", home)
    }

    private static let kinds: [Fact] = pairs(
        """
        apple/fruit banana/fruit cherry/fruit carrot/vegetable onion/vegetable potato/vegetable hammer/tool saw/tool
        violin/instrument piano/instrument flute/instrument dog/animal horse/animal eagle/bird owl/bird rose/flower
        tulip/flower oak/tree pine/tree shirt/garment coat/garment chair/furniture table/furniture red/color blue/color
        iron/metal gold/metal bus/vehicle bicycle/vehicle Monday/weekday June/month summer/season triangle/shape
        square/shape seven/number water/liquid milk/liquid bread/food cheese/food
        """
    ).map { thing, kind in
        fact(
            [
                "What kind of thing is \(thing)?", "Is \(thing) a \(kind) or a planet? Say which.",
                "What is \(thing) an example of?",
                "To which kind does \(thing) belong?",
            ], "\(thing): a kind of \(kind).", kind)
    }

    /// Days, months, seasons and letters before and after each other.
    private static let neighbours: [Fact] =
        around(Gregorian.weekdays, "day", isRound: true) + around(Gregorian.months, "month", isRound: true)
        + around(["spring", "summer", "autumn", "winter"], "season", isRound: true)
        + around("abcdefghijklmnopqrstuvwxyz".map(String.init), "letter", isRound: false)

    private static func around(_ row: [String], _ kind: String, isRound: Bool) -> [Fact] {
        (0..<(isRound ? row.count : row.count - 1)).flatMap { place -> [Fact] in
            let (first, second) = (row[place], row[(place + 1) % row.count])
            return [
                fact(
                    [
                        "Which \(kind) comes after \(first)?", "What comes after \(first)?",
                        "Which \(kind) follows \(first)?",
                        "What is the next \(kind) after \(first)?",
                    ], "After \(first) comes \(second).", second),
                fact(
                    [
                        "Which \(kind) comes before \(second)?", "What comes before \(second)?",
                        "Which \(kind) is right before \(second)?", "What is the \(kind) before \(second)?",
                    ], "Before \(second) comes \(first).", first),
            ]
        }
    }

    private static let sides: [Fact] = pairs(
        "triangle/3 square/4 rectangle/4 pentagon/5 hexagon/6 heptagon/7 octagon/8"
    ).map { shape, count in
        fact(
            [
                "How many sides does a \(shape) have?", "How many corners does a \(shape) have?",
                "How many sides has a \(shape)?",
            ],
            "A \(shape) has \(count) sides and \(count) corners.", count)
    }

    private static let counts: [Fact] =
        [
            ("days", "a week", "7"), ("months", "a year", "12"), ("hours", "a day", "24"), ("minutes", "an hour", "60"),
            ("seconds", "a minute", "60"), ("letters", "the English alphabet", "26"), ("seasons", "a year", "4"),
            ("weeks", "a year", "52"), ("days", "a normal year", "365"), ("days", "a leap year", "366"),
            ("years", "a century", "100"), ("years", "a decade", "10"), ("fingers", "a hand", "5"),
            ("wheels", "a bicycle", "2"),
            ("bits", "a byte", "8"), ("items", "a dozen", "12"), ("items", "a pair", "2"),
            ("degrees", "a right angle", "90"),
        ].map { what, whole, count in
            fact(
                [
                    "How many \(what) are in \(whole)?", "How many \(what) are there in \(whole)?",
                    "\(what.prefix(1).uppercased() + what.dropFirst()) in \(whole): how many?",
                    "What is the number of \(what) in \(whole)?",
                ], "There are \(count) \(what) in \(whole).", count)
        }
        + Gregorian.months.enumerated().filter { $0.offset != 1 }.map { index, month in
            let count = "\(Gregorian.length(index, of: 2023))"
            return fact(
                [
                    "How many days does \(month) have?", "How many days are in \(month)?",
                    "How long is \(month), in days?",
                ],
                "\(month) has \(count) days.", count)
        }

    private static let uses: [Fact] = pairs(
        "key/lock pen/write knife/cut oven/bake bed/sleep chair/sit broom/sweep cup/drink spade/dig needle/sew lamp/light ladder/climb bell/ring camera/photograph phone/call boat/sail"
    ).map { thing, use in
        fact(
            [
                "What do people do with \(one(thing))?", "What is \(one(thing)) for? One verb.",
                "What can you do with \(one(thing))?",
            ],
            "With \(one(thing)) people \(use).", use)
    }

    private static let colors: [Fact] = pairs(
        "grass/green snow/white coal/black blood/red lemon/yellow sky/blue carrot/orange milk/white banana/yellow tomato/red night/black leaf/green"
    ).map { thing, color in
        fact(
            ["What color is \(thing)?", "Which color does \(thing) have?", "What is the color of \(thing)?"],
            "The color of \(thing) is \(color).", color)
    }
}
