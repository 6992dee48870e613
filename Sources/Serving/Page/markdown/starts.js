/**
 * How a line begins: indentation, the markers of blocks, and what stands behind them.
 *
 * Every function looks at `rest`, the part of a line that no marker has consumed: `{text, at}`. The `take` functions
 * move `at`.
 */

const tabStop = 4;

/** What is left of the line. */
export function remainder(rest) {
    return rest.text.slice(rest.at);
}

/** Whether only white space is left. */
export function isBlank(rest) {
    return firstVisible(rest) === rest.text.length;
}

function firstVisible(rest) {
    let index = rest.at;
    while (index < rest.text.length && (rest.text[index] === " " || rest.text[index] === "\t")) {
        index++;
    }
    return index;
}

/** The columns of white space that come next. */
export function indentation(rest) {
    let columns = 0;
    for (let index = rest.at; index < rest.text.length; index++) {
        if (rest.text[index] === "\t") {
            columns += tabStop - columns % tabStop;
        } else if (rest.text[index] === " ") {
            columns++;
        } else {
            break;
        }
    }
    return columns;
}

/** Consumes at most so many columns of white space. */
export function takeColumns(rest, columns) {
    for (let taken = 0; taken < columns && rest.at < rest.text.length; rest.at++) {
        if (rest.text[rest.at] === "\t") {
            taken += tabStop - taken % tabStop;
        } else if (rest.text[rest.at] === " ") {
            taken++;
        } else {
            break;
        }
    }
}

/** The pattern's match behind the indentation, or null. */
function match(rest, pattern) {
    pattern.lastIndex = firstVisible(rest);
    return pattern.exec(rest.text);
}

/** Consumes the `>` of a quote and one space behind it. */
export function takeQuote(rest) {
    const index = firstVisible(rest);
    if (rest.text[index] !== ">") {
        return false;
    }
    rest.at = index + 1;
    takeColumns(rest, 1);
    return true;
}

const bullet = /([-*+])(?=[ \t]|$)/y;
const number = /(\d{1,9})([.)])(?=[ \t]|$)/y;

/**
 * Consumes the marker of a list item.
 *
 * - Returns: `{type, number, indent, content}`, or null: what tells its list from others, its number, the column of the
 *   marker and that of its content.
 */
export function takeMarker(rest) {
    const found = match(rest, bullet) ?? match(rest, number);
    if (found === null) {
        return null;
    }
    const indent = indentation(rest);
    rest.at = found.index + found[0].length;
    const gap = indentation(rest);
    const taken = isBlank(rest) || gap > tabStop ? 1 : gap;
    takeColumns(rest, taken);
    const isNumber = found[2] !== undefined;
    return {
        type: isNumber ? found[2] : found[1],
        number: isNumber ? Number(found[1]) : null,
        indent,
        content: indent + found[0].length + taken,
    };
}

/** Whether the rest is a horizontal rule. */
export function isRule(rest) {
    const first = rest.text[firstVisible(rest)];
    if (first !== "-" && first !== "*" && first !== "_") {
        return false;
    }
    let count = 0;
    for (let index = firstVisible(rest); index < rest.text.length; index++) {
        if (rest.text[index] === first) {
            count++;
        } else if (rest.text[index] !== " " && rest.text[index] !== "\t") {
            return false;
        }
    }
    return count >= 3;
}

const fenceStart = /(`{3,}|~{3,})(.*)$/y;

/** The code block that begins here, as `{fence, indent, language}`, or null. */
export function fence(rest) {
    const found = match(rest, fenceStart);
    if (found === null || found[1][0] === "`" && found[2].includes("`")) {
        return null;
    }
    const language = found[2].trim().split(/[\s{,]/, 1)[0].slice(0, 40);
    return { fence: found[1], indent: indentation(rest), language };
}

const fenceEnd = /(`{3,}|~{3,})[ \t]*$/y;

/** Whether the rest ends the code block that `opener` began. */
export function closesFence(rest, opener) {
    const found = match(rest, fenceEnd);
    return found !== null && found[1][0] === opener[0] && found[1].length >= opener.length;
}

const headingStart = /(#{1,6})(?=[ \t]|$)/y;

/** The heading that the rest is, as `{level, lines}`, or null. */
export function heading(rest) {
    const found = match(rest, headingStart);
    if (found === null) {
        return null;
    }
    const text = rest.text.slice(found.index + found[0].length).trim();
    return { level: found[1].length, lines: [withoutClosing(text)] };
}

/** A heading's text without the `##` that may stand behind it. */
function withoutClosing(text) {
    let end = text.length;
    while (end > 0 && text[end - 1] === "#") {
        end--;
    }
    const isClosing = end === 0 || text[end - 1] === " " || text[end - 1] === "\t";
    return isClosing ? text.slice(0, end).trimEnd() : text;
}

const formulaStart = /\$\$|\\\[|\\begin\{(?:align|alignat|aligned|equation|gather|gathered|multline|eqnarray)\*?\}/y;

/** The formula that begins here, as `{opener, closer, text}` with what stands behind the opener, or null. */
export function formula(rest) {
    const found = match(rest, formulaStart);
    if (found === null) {
        return null;
    }
    const opener = found[0];
    const behind = rest.text.slice(found.index + opener.length);
    if (opener.startsWith("\\begin")) {
        return { opener, closer: opener.replace("begin", "end"), text: opener + behind };
    }
    return { opener, closer: opener === "$$" ? "$$" : "\\]", text: behind };
}

/** Whether the line begins a block that interrupts a paragraph. */
export function startsBlock(rest, anyNumber = false) {
    if (isRule(rest) || fence(rest) !== null || formula(rest) !== null) {
        return true;
    }
    if (match(rest, headingStart) !== null || rest.text[firstVisible(rest)] === ">") {
        return true;
    }
    const marker = takeMarker({ ...rest });
    const isEmpty = marker !== null && /[-*+.)]\s*$/.test(rest.text) && rest.text.trim().length <= 10;
    return marker !== null && (anyNumber || marker.number === null || marker.number === 1) && (anyNumber || !isEmpty);
}

/** The columns' alignments if `rest` is the line under the head of a table, `head`; otherwise null. */
export function tableAlignments(rest, head) {
    const text = remainder(rest).trim();
    if (!head.includes("|") || !/^[\s|:-]+$/.test(text) || !text.includes("-")) {
        return null;
    }
    const cells = cellsOf(text);
    if (cells.length !== cellsOf(head).length || !cells.every((cell) => /^:?-+:?$/.test(cell))) {
        return null;
    }
    return cells.map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : ""));
}

/** More columns than this belong to no table that anyone reads. */
const mostColumns = 64;

/** A table row's cells, split at each `|` without a backslash before it. */
export function cellsOf(line) {
    const text = line.trim();
    const cells = [];
    let cell = "";
    for (let index = text.startsWith("|") ? 1 : 0; index < text.length && cells.length < mostColumns; index++) {
        if (text[index] === "\\" && text[index + 1] === "|") {
            cell += "|";
            index++;
        } else if (text[index] === "|") {
            cells.push(cell.trim());
            cell = "";
        } else {
            cell += text[index];
        }
    }
    if (cells.length < mostColumns && (cell.trim() !== "" || !text.endsWith("|"))) {
        cells.push(cell.trim());
    }
    return cells;
}
