import Generation

extension WordProblem {
    static let twoSteps: [WordProblem] = [
        WordProblem(name: "more-and-fewer", numbers: { r in falling(&r) + [r.number(2...60)] }) { cast, n in
            [
                "\(cast.first) has \(n[0]) \(cast.goods), gives away \(n[1]) and then gets \(n[2]). How many are there now?",
                "There are \(n[0]) people on a bus. \(n[1]) get off and \(n[2]) get on. How many are on the bus now?",
                "\(cast.first) had \(n[0]) coins, spent \(n[1]) and earned \(n[2]). How many coins does \(cast.first) have?",
            ]
        } solve: { n, steps in
            let left = steps.difference(n[0], n[1])
            return steps.sum(left, n[2])
        },
        WordProblem(name: "more-than-together", numbers: { [$0.number(2...40), $0.number(2...40)] }) { cast, n in
            [
                "\(cast.first) has \(n[0]) \(cast.goods). \(cast.second) has \(n[1]) more than \(cast.first). How many do they have together?",
                "\(cast.second) found \(n[1]) \(cast.goods) more than \(cast.first), who found \(n[0]). How many did both find?",
            ]
        } solve: { n, steps in
            let second = steps.sum(n[0], n[1])
            return steps.sum(n[0], second)
        },
        WordProblem(name: "groups-and-loose", numbers: { [$0.number(2...9), $0.number(2...12), $0.number(1...30)] }) {
            cast, n in
            [
                "\(cast.first) has \(n[0]) boxes with \(n[1]) \(cast.goods) each, and \(n[2]) loose ones. How many \(cast.goods) are there?",
                "\(n[0]) bags hold \(n[1]) \(cast.goods) each. \(n[2]) more lie beside them. How many \(cast.goods) is that in all?",
                "\(cast.first) reads \(n[1]) pages a day for \(n[0]) days, and then \(n[2]) more. How many pages is that?",
            ]
        } solve: { n, steps in
            let groups = steps.product(n[0], n[1])
            return steps.sum(groups, n[2])
        },
        WordProblem(name: "change", numbers: { [$0.number(2...9), $0.number(2...10), 100] }) { cast, n in
            [
                "\(cast.first) buys \(n[0]) \(cast.goods) for \(n[1]) coins each and pays with a note of 100. How much comes back?",
                "One ticket costs \(n[1]) coins. \(cast.first) buys \(n[0]) and has 100 coins. How many coins are left?",
            ]
        } solve: { n, steps in
            let cost = steps.product(n[0], n[1])
            return steps.difference(100, cost)
        },
        WordProblem(
            name: "share-of-sum",
            numbers: { r in
                let (children, each) = (r.number(2...6), r.number(2...12))
                let first = r.number(1...children * each - 1)
                return [first, children * each - first, children]
            }
        ) { cast, n in
            [
                "\(cast.first) has \(n[0]) \(cast.goods), \(cast.second) has \(n[1]). They share all of them equally among \(n[2]) children. How many does each child get?",
                "\(n[0]) red and \(n[1]) blue \(cast.goods) are put into \(n[2]) boxes, the same number in each. How many are in a box?",
            ]
        } solve: { n, steps in
            let sum = steps.sum(n[0], n[1])
            return steps.quotient(sum, n[2]).quotient
        },
        WordProblem(name: "legs", numbers: { [$0.number(1...12), $0.number(1...12)] }) { cast, n in
            [
                "On a farm there are \(n[0]) cows and \(n[1]) ducks. How many legs do they have together?",
                "\(cast.first) sees \(n[0]) horses and \(n[1]) birds. How many legs is that?",
            ]
        } solve: { n, steps in
            let (four, two) = (steps.product(n[0], 4), steps.product(n[1], 2))
            return steps.sum(four, two)
        },
        WordProblem(
            name: "two-prices", numbers: { [$0.number(1...6), $0.number(5...12), $0.number(1...6), $0.number(2...9)] }
        ) {
            cast, n in
            [
                "A ticket for adults costs \(n[1]) coins, one for children \(n[3]). How much do \(n[0]) adults and \(n[2]) children pay?",
                "\(cast.first) buys \(n[0]) hats for \(n[1]) coins each and \(n[2]) scarves for \(n[3]) coins each. What is the price of all?",
            ]
        } solve: { n, steps in
            let (first, second) = (steps.product(n[0], n[1]), steps.product(n[2], n[3]))
            return steps.sum(first, second)
        },
        WordProblem(name: "perimeter", numbers: { [$0.number(2...40), $0.number(2...40)] }) { cast, n in
            [
                "A rectangle is \(n[0]) meters long and \(n[1]) meters wide. What is its perimeter in meters?",
                "\(cast.first) walks once around a field of \(n[0]) by \(n[1]) meters. How many meters is that?",
            ]
        } solve: { n, steps in
            let half = steps.sum(n[0], n[1])
            return steps.product(half, 2)
        },
        WordProblem(name: "area", numbers: { [$0.number(2...20), $0.number(2...12)] }) { cast, n in
            [
                "A rectangle is \(n[0]) meters long and \(n[1]) meters wide. What is its area in square meters?",
                "How many square meters does a room of \(n[0]) by \(n[1]) meters have?",
            ]
        } solve: { n, steps in
            steps.product(n[0], n[1])
        },
        WordProblem(
            name: "average",
            numbers: { r in
                let (mean, off) = (r.number(10...60), r.number(0...9))
                return [mean - off, mean + off]
            }
        ) { cast, n in
            [
                "What is the average of \(n[0]) and \(n[1])?",
                "\(cast.first) has \(n[0]) points, \(cast.second) has \(n[1]). What is their average?",
            ]
        } solve: { n, steps in
            let sum = steps.sum(n[0], n[1])
            return steps.quotient(sum, 2).quotient
        },
        WordProblem(name: "age-later", numbers: { [$0.number(5...40), $0.number(1...30), $0.number(2...20)] }) {
            cast, n in
            [
                "\(cast.first) is \(n[0]) years old. \(cast.second) is \(n[1]) years older. How old is \(cast.second) in \(n[2]) years?",
                "\(cast.second) is \(n[1]) years older than \(cast.first), who is \(n[0]). How old will \(cast.second) be in \(n[2]) years?",
            ]
        } solve: { n, steps in
            let now = steps.sum(n[0], n[1])
            return steps.sum(now, n[2])
        },
        WordProblem(
            name: "half-left",
            numbers: { r in
                let half = r.number(2...40)
                return [2 * half, r.number(1...half - 1)]
            }
        ) { cast, n in
            [
                "\(cast.first) has \(n[0]) \(cast.goods), gives half of them away and eats \(n[1]). How many are left?",
                "\(cast.first) had \(n[0]) coins, lost half of them and spent \(n[1]). How many coins are left?",
            ]
        } solve: { n, steps in
            let half = steps.quotient(n[0], 2).quotient
            return steps.difference(half, n[1])
        },
        WordProblem(name: "three", numbers: { [$0.number(2...40), $0.number(2...40), $0.number(2...40)] }) { cast, n in
            [
                "\(cast.first) collects \(n[0]) \(cast.goods) on Monday, \(n[1]) on Tuesday and \(n[2]) on Wednesday. How many in all?",
                "There are \(n[0]) red, \(n[1]) blue and \(n[2]) green \(cast.goods). How many are there?",
            ]
        } solve: { n, steps in
            let first = steps.sum(n[0], n[1])
            return steps.sum(first, n[2])
        },
    ]
}
