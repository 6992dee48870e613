/**
 * Which addresses from a model's output may become links.
 */

const longest = 4096;

/**
 * The address in its normal form if it may become a link, otherwise null.
 *
 * Only `http` and `https`, with a host and without a user's name (`https://bank.example@elsewhere.example` reads like
 * the wrong place). Hosts come out in ASCII, so that look-alike letters show.
 */
export function safeAddress(text) {
    if (text.length > longest || !/^https?:\/\//i.test(text)) {
        return null;
    }
    try {
        const url = new URL(text);
        const isWeb = url.protocol === "http:" || url.protocol === "https:";
        return isWeb && url.host !== "" && url.username === "" && url.password === "" ? url.href : null;
    } catch {
        return null;
    }
}
