/**
 * Letters in the alphabets of mathematics: bold, blackboard, script, Fraktur, sans serif, monospaced.
 *
 * Unicode has each of them as characters of their own (block "Mathematical Alphanumeric Symbols"), with a few that had
 * a place before.
 */

const alphabets = {
    bold: { upper: 0x1d400, lower: 0x1d41a, digit: 0x1d7ce, greekUpper: 0x1d6a8, greekLower: 0x1d6c2 },
    boldItalic: { upper: 0x1d468, lower: 0x1d482, digit: 0x1d7ce, greekUpper: 0x1d71c, greekLower: 0x1d736 },
    script: { upper: 0x1d49c, lower: 0x1d4b6 },
    fraktur: { upper: 0x1d504, lower: 0x1d51e },
    double: { upper: 0x1d538, lower: 0x1d552, digit: 0x1d7d8 },
    sans: { upper: 0x1d5a0, lower: 0x1d5ba, digit: 0x1d7e2 },
    mono: { upper: 0x1d670, lower: 0x1d68a, digit: 0x1d7f6 },
};

const earlier = {
    script: { B: "ℬ", E: "ℰ", F: "ℱ", H: "ℋ", I: "ℐ", L: "ℒ", M: "ℳ", R: "ℛ", e: "ℯ", g: "ℊ", o: "ℴ" },
    fraktur: { C: "ℭ", H: "ℌ", I: "ℑ", R: "ℜ", Z: "ℨ" },
    double: { C: "ℂ", H: "ℍ", N: "ℕ", P: "ℙ", Q: "ℚ", R: "ℝ", Z: "ℤ" },
};

const ranges = [
    ["upper", "A", "Z"], ["lower", "a", "z"], ["digit", "0", "9"], ["greekUpper", "Α", "Ω"], ["greekLower", "α", "ω"],
];

/** The text in an alphabet; characters that the alphabet lacks stay as they are. */
export function inAlphabet(text, name) {
    return Array.from(text, (character) => letter(character, name)).join("");
}

function letter(character, name) {
    const special = earlier[name]?.[character];
    if (special !== undefined) {
        return special;
    }
    for (const [range, first, last] of ranges) {
        const start = alphabets[name][range];
        if (start !== undefined && character >= first && character <= last) {
            return String.fromCodePoint(start + character.codePointAt(0) - first.codePointAt(0));
        }
    }
    return character;
}
