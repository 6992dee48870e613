import Generation

extension WordProblem {
    static let all = oneStep + twoSteps

    static let oneStep: [WordProblem] = [
        WordProblem(name: "more", numbers: { [$0.number(2...99), $0.number(2...99)] }) { cast, n in
            [
                "\(cast.first) has \(n[0]) \(cast.goods) and gets \(n[1]) more. How many \(cast.goods) does \(cast.first) have now?",
                "There are \(n[0]) \(cast.goods) in a box. \(cast.first) puts in \(n[1]) more. How many are in the box?",
                "\(cast.first) found \(n[0]) \(cast.goods) on Monday and \(n[1]) on Tuesday. How many in all?",
                "A shop sold \(n[0]) \(cast.goods) in the morning and \(n[1]) in the afternoon. How many did it sell that day?",
            ]
        } solve: { n, steps in
            steps.sum(n[0], n[1])
        },
        WordProblem(name: "together", numbers: { [$0.number(2...99), $0.number(2...99)] }) { cast, n in
            [
                "\(cast.first) has \(n[0]) \(cast.goods) and \(cast.second) has \(n[1]). How many do they have together?",
                "\(cast.first) picked \(n[0]) \(cast.goods), \(cast.second) picked \(n[1]). How many did both pick?",
                "If \(cast.first) owns \(n[0]) \(cast.goods) and \(cast.second) owns \(n[1]) \(cast.goods), what is the total?",
            ]
        } solve: { n, steps in
            steps.sum(n[0], n[1])
        },
        WordProblem(name: "fewer", numbers: { falling(&$0) }) { cast, n in
            [
                "\(cast.first) has \(n[0]) \(cast.goods) and gives \(n[1]) to \(cast.second). How many \(cast.goods) does \(cast.first) have left?",
                "\(cast.first) had \(n[0]) \(cast.goods) and lost \(n[1]). How many are left?",
                "There were \(n[0]) \(cast.goods) on the table. \(cast.second) took \(n[1]) of them. How many are still there?",
                "A shop had \(n[0]) \(cast.goods) and sold \(n[1]). How many does it still have?",
            ]
        } solve: { n, steps in
            steps.difference(n[0], n[1])
        },
        WordProblem(name: "compare", numbers: { falling(&$0) }) { cast, n in
            [
                "\(cast.first) has \(n[0]) \(cast.goods), \(cast.second) has \(n[1]). How many more does \(cast.first) have?",
                "\(cast.second) has \(n[1]) \(cast.goods) and \(cast.first) has \(n[0]). How many fewer does \(cast.second) have?",
                "\(cast.first) is \(n[0]) years old and \(cast.second) is \(n[1]). How many years older is \(cast.first)?",
            ]
        } solve: { n, steps in
            steps.difference(n[0], n[1])
        },
        WordProblem(name: "missing", numbers: { falling(&$0) }) { cast, n in
            [
                "\(cast.first) wants \(n[0]) \(cast.goods) and has \(n[1]). How many are missing?",
                "A bag costs \(n[0]) coins. \(cast.first) has \(n[1]) coins. How many more coins are needed?",
                "\(cast.first) reads a book of \(n[0]) pages and is on page \(n[1]). How many pages are left?",
            ]
        } solve: { n, steps in
            steps.difference(n[0], n[1])
        },
        WordProblem(name: "groups", numbers: { [$0.number(2...12), $0.number(2...20)] }) { cast, n in
            [
                "There are \(n[0]) boxes with \(n[1]) \(cast.goods) each. How many \(cast.goods) are there?",
                "\(cast.first) buys \(n[0]) bags. Each bag holds \(n[1]) \(cast.goods). How many \(cast.goods) is that?",
                "\(cast.first) reads \(n[1]) pages a day. How many pages is that in \(n[0]) days?",
                "One ticket costs \(n[1]) coins. How much do \(n[0]) tickets cost?",
                "A hall has \(n[0]) rows of \(n[1]) chairs. How many chairs are in the hall?",
            ]
        } solve: { n, steps in
            steps.product(n[0], n[1])
        },
        WordProblem(name: "share", numbers: { even(&$0) }) { cast, n in
            [
                "\(n[0]) \(cast.goods) are shared equally by \(n[1]) children. How many does each get?",
                "\(cast.first) puts \(n[0]) \(cast.goods) into \(n[1]) boxes, the same number in each. How many are in a box?",
                "\(n[1]) tickets cost \(n[0]) coins. How much is one ticket?",
                "\(cast.first) walked \(n[0]) kilometers in \(n[1]) hours. How many kilometers is that an hour?",
            ]
        } solve: { n, steps in
            steps.quotient(n[0], n[1]).quotient
        },
        WordProblem(name: "packs", numbers: { even(&$0) }) { cast, n in
            [
                "\(cast.first) has \(n[0]) \(cast.goods) and puts \(n[1]) into each bag. How many bags does that fill?",
                "A bus takes \(n[1]) children. How many buses do \(n[0]) children need?",
                "\(cast.first) saves \(n[1]) coins a week. After how many weeks are there \(n[0]) coins?",
            ]
        } solve: { n, steps in
            steps.quotient(n[0], n[1]).quotient
        },
        WordProblem(name: "times-as-many", numbers: { [$0.number(2...5), $0.number(2...30)] }) { cast, n in
            let word = ["", "", "twice", "three times", "four times", "five times"][n[0]]
            return [
                "\(cast.first) has \(n[1]) \(cast.goods). \(cast.second) has \(word) as many. How many does \(cast.second) have?",
                "\(cast.second) is \(word) as old as \(cast.first), who is \(n[1]). How old is \(cast.second)?",
            ]
        } solve: { n, steps in
            steps.product(n[1], n[0])
        },
        WordProblem(name: "distance", numbers: { [$0.number(3...90), $0.number(2...9)] }) { cast, n in
            [
                "A car drives \(n[0]) kilometers an hour. How far does it get in \(n[1]) hours?",
                "\(cast.first) runs at \(n[0]) meters a minute. How many meters is that in \(n[1]) minutes?",
            ]
        } solve: { n, steps in
            steps.product(n[0], n[1])
        },
    ]

    /// Two numbers, the first larger.
    static func falling(_ random: inout RandomSource) -> [Int] {
        let first = random.number(3...99)
        return [first, random.number(1...first - 1)]
    }

    /// A number that the second divides.
    static func even(_ random: inout RandomSource) -> [Int] {
        let divisor = random.number(2...9)
        return [divisor * random.number(2...20), divisor]
    }
}
