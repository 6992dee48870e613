import Foundation
import Tokenizers

extension Corpus {
    /// A short passage to compare models on: prose, an argument, a calculation, code, and another script.
    package static func passage() throws -> Corpus { try Corpus(Data(passageText.utf8), source: "the passage") }
}

private let passageText = """
    The tide tables of the harbour were printed each winter, and nobody who fished from it trusted them altogether. They gave \
    the height of the water to a hand's breadth, the hour to a minute, and said nothing of the wind, which on that coast moves \
    more water than the moon does.

    Question: A tank of 480 litres is filled by two pipes. The first alone needs 8 minutes, the second 12. How long do both \
    need together? Answer: The first brings 480 / 8 = 60 litres a minute, the second 480 / 12 = 40, both together 100, so that \
    the tank is full after 480 / 100 = 4.8 minutes.

    def depths(soundings: list[float], limit: float) -> list[int]:
        \"\"\"The places at which the water is deeper than the limit.\"\"\"
        return [place for place, depth in enumerate(soundings) if depth > limit]

    If every prime greater than 2 is odd, and the sum of two odd numbers is even, then the sum of two primes greater than 2 is \
    never a prime greater than 2. 水深相等的点连成一条线，叫做等深线。

    """
