/**
 * Text files that go with a message.
 */

/** Bytes of one file, and of all files of a message together. */
const fileLimit = 512 * 1024;
const totalLimit = 2 * 1024 * 1024;

/** Pasted text longer than this becomes a file, so that one can still see what one writes. */
export const longPaste = 4000;

/**
 * Reads a file as text.
 *
 * - `used`: the bytes of the files that the message has already.
 * - Returns: `{name, text, size}`.
 * - Throws: an `Error` with a sentence for the person if the file is too large or no text.
 */
export async function readTextFile(file, used) {
    const name = shortName(file.name);
    if (file.size > fileLimit || used + file.size > totalLimit) {
        const isLarge = file.size > fileLimit;
        const what = isLarge ? "A file" : "All files of a message together";
        const most = (isLarge ? fileLimit : totalLimit) / 1024;
        throw new Error(`${name} was not attached. ${what} may have at most ${most} kB.`);
    }
    const text = decoded(await file.arrayBuffer());
    if (text === null) {
        throw new Error(`${name} was not attached, because it is not a text in UTF-8.`);
    }
    return { name, text, size: file.size };
}

function decoded(bytes) {
    try {
        const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
        return text.includes("\0") ? null : text.replace(/\r\n?/g, "\n");
    } catch {
        return null;
    }
}

/** A file's name in one line; a name that goes into a prompt must not be able to end its line. */
export function shortName(name) {
    const line = name.replace(/[\p{Cc}\p{Cf}]/gu, "").trim() || "file";
    return line.length <= 120 ? line : `${line.slice(0, 80)}…${line.slice(-30)}`;
}
