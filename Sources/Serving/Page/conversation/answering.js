/**
 * One answer, from the request to its last word.
 */
import { requestMessages } from "./conversation.js";
import { requestFields } from "./settings.js";

/**
 * Asks for an answer and fills `message` with it; never throws.
 *
 * - `message`: the empty answer, already in the conversation.
 * - `onChange`: called whenever the message has changed.
 * - The message ends with `finish` ("stop", "length", "stopped" by the person, "error"), `usage` (null if the server
 *   sent none), `error` in a sentence, and `timing` in milliseconds: `first` until the first token, `thinking` or null,
 *   `total`.
 */
export async function answer(client, conversation, message, signal, onChange) {
    const question = conversation.messages[message.parent];
    const request = {
        model: message.model, messages: requestMessages(conversation, question),
        ...requestFields(conversation.settings),
    };
    const clock = new AnswerClock(message);
    try {
        for await (const part of client.complete(request, signal)) {
            take(part, message, clock);
            onChange();
        }
        message.finish ??= "stop";
    } catch (error) {
        message.finish = signal.aborted ? "stopped" : "error";
        if (!signal.aborted) {
            message.error = error.message;
            message.retryAfter = error.retryAfter ?? null;
        }
    }
    clock.stop();
    message.isWriting = false;
    message.updated = Date.now();
    onChange();
}

function take(part, message, clock) {
    if (part.reasoning !== undefined) {
        message.reasoning += part.reasoning;
        clock.token("reasoning");
    }
    if (part.content !== undefined) {
        message.content += part.content;
        clock.token("content");
    }
    message.finish = part.finish ?? message.finish;
    message.usage = part.usage ?? message.usage;
    message.updated = Date.now();
}

/** The times of an answer, kept in its message. */
class AnswerClock {
    constructor(message) {
        this.message = message;
        this.start = performance.now();
        this.thinkingSince = null;
        message.timing = { first: null, thinking: null, total: 0, pieces: 0 };
    }

    token(kind) {
        const timing = this.message.timing;
        const elapsed = performance.now() - this.start;
        timing.first ??= elapsed;
        timing.total = elapsed;
        timing.pieces++;
        if (kind === "reasoning") {
            this.thinkingSince ??= elapsed;
            timing.thinking = elapsed - this.thinkingSince;
        } else if (this.thinkingSince !== null) {
            timing.thinking = elapsed - this.thinkingSince;
            this.thinkingSince = null;
        }
    }

    stop() {
        this.message.timing.total = performance.now() - this.start;
    }
}

/** Tokens a second while an answer was written, or null where too little is known. */
export function speed(message) {
    const { timing, usage } = message;
    const tokens = usage?.completion ?? timing?.pieces ?? 0;
    const seconds = timing === undefined || timing.first === null ? 0 : (timing.total - timing.first) / 1000;
    return tokens > 1 && seconds > 0 ? (tokens - 1) / seconds : null;
}
