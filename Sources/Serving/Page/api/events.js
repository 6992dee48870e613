/**
 * Server-sent events, read from bytes that may be cut anywhere.
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html; only the `data` field is used.
 */

/** A line longer than this is no event of a chat. */
const longestLine = 32 * 1024 * 1024;

/** Takes text in pieces and gives the events that are complete. */
export class EventReader {
    constructor() {
        this.line = "";
        this.data = [];
        this.skipsLineFeed = false;
    }

    /** The data of all events that end in this piece. */
    read(piece) {
        let text = piece;
        if (this.skipsLineFeed && text !== "") {
            text = text.startsWith("\n") ? text.slice(1) : text;
            this.skipsLineFeed = false;
        }
        this.skipsLineFeed = text.endsWith("\r") || this.skipsLineFeed;
        const lines = text.split(/\r\n|\r|\n/);
        const events = [];
        for (let index = 0; index < lines.length; index++) {
            this.line += lines[index];
            if (this.line.length > longestLine) {
                throw new Error("The server sent a line of more than 32 MB; a chat has none.");
            }
            if (index < lines.length - 1) {
                this.#endLine(events);
            }
        }
        return events;
    }

    #endLine(events) {
        if (this.line === "") {
            if (this.data.length > 0) {
                events.push(this.data.join("\n"));
            }
            this.data = [];
        } else if (this.line.startsWith("data:")) {
            this.data.push(this.line.slice(this.line[5] === " " ? 6 : 5));
        }
        this.line = "";
    }
}

/** The data of each event in a response's body. */
export async function* events(body) {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    const eventReader = new EventReader();
    try {
        for (;;) {
            const { done, value } = await reader.read();
            yield* eventReader.read(done ? "\n\n" : decoder.decode(value, { stream: true }));
            if (done) {
                return;
            }
        }
    } finally {
        // Whoever stops listening closes the connection, and the server stops computing.
        reader.cancel().catch(() => {});
    }
}
