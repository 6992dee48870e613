"""The tokens that a seed draws, worked out apart from the program: random words in integers, probabilities in
60-digit decimals. Usage: python draws.py"""
from decimal import Decimal, getcontext

MASK = 2**64 - 1
getcontext().prec = 60


def split_mix(state):
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        yield z ^ z >> 31


def rotate(x, k):
    return (x << k | x >> (64 - k)) & MASK


def xoshiro(seed):
    mix = split_mix(seed)
    s = [next(mix) for _ in range(4)]
    while True:
        yield (rotate((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)


def main():
    weights = [(Decimal(i % 5) / 2).exp() for i in range(16)]
    words = xoshiro(42)
    tokens = []
    for _ in range(12):
        target = Decimal(next(words) >> 11) / 2**53 * sum(weights)
        tokens.append(next(i for i in range(16) if target < sum(weights[:i + 1])))
    print(tokens)


if __name__ == "__main__":
    main()
