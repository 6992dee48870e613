/**
 * The server's interface as the page uses it: which models there are, and answers as they are written.
 */
import { events } from "./events.js";

/** What the server, or the way to it, answered instead of an answer; `message` is for the person. */
class RequestError extends Error {
    /** `status` is 0 where there was no response; `retryAfter` is in seconds, or null. */
    constructor(message, status, retryAfter = null) {
        super(message);
        this.status = status;
        this.retryAfter = retryAfter;
    }
}

export class Client {
    /** `key` is asked anew for each request. */
    constructor(key) {
        this.key = key;
    }

    /** The models that can be asked: `{name, examples}`, where examples are questions to begin with. */
    async models() {
        const response = await this.#fetch("v1/models", {});
        const answer = await response.json();
        const models = Array.isArray(answer?.data) ? answer.data : [];
        return models.filter((model) => isText(model?.id)).map(({ id, examples }) => (
            { name: id, examples: Array.isArray(examples) ? examples.filter(isText) : [] }));
    }

    /**
     * Asks for the next message.
     *
     * Yields `{content}` and `{reasoning}` as they are written, `{finish}` with the reason for which the answer ended,
     * and `{usage}` with the numbers of tokens.
     */
    async *complete(request, signal) {
        const body = JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } });
        const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
        const response = await this.#fetch("v1/chat/completions", { method: "POST", headers, body, signal });
        let isFinished = false;
        for await (const data of received(response.body)) {
            if (data === "[DONE]") {
                return;
            }
            for (const part of parts(parsed(data))) {
                isFinished ||= part.finish !== undefined;
                yield part;
            }
        }
        if (!isFinished) {
            throw new RequestError("The connection ended before the answer did.", 0);
        }
    }

    async #fetch(path, options) {
        const key = this.key();
        const headers = { ...options.headers, ...key === "" ? {} : { Authorization: `Bearer ${key}` } };
        let response;
        try {
            response = await fetch(path, { ...options, headers, credentials: "same-origin", redirect: "error" });
        } catch (error) {
            if (error.name === "AbortError") {
                throw error;
            }
            throw new RequestError("The server does not answer. Is it still running?", 0);
        }
        if (!response.ok) {
            throw await refusal(response);
        }
        return response;
    }
}

function isText(value) {
    return typeof value === "string";
}

/** The events of an answer; a connection that breaks is told as such. */
async function* received(body) {
    try {
        yield* events(body);
    } catch (error) {
        throw error instanceof TypeError ? new RequestError("The connection ended before the answer did.", 0) : error;
    }
}

function parsed(data) {
    try {
        return JSON.parse(data);
    } catch {
        throw new RequestError("The server sent something that is no JSON in the middle of an answer.", 0);
    }
}

/** What one chunk of an answer says. */
function* parts(chunk) {
    if (chunk?.error !== undefined && chunk.error !== null) {
        throw new RequestError(String(chunk.error.message ?? "The server stopped with an error."), 0);
    }
    const choice = chunk?.choices?.[0];
    const delta = choice?.delta;
    const reasoning = delta?.reasoning_content ?? delta?.reasoning;
    if (typeof reasoning === "string" && reasoning !== "") {
        yield { reasoning };
    }
    if (typeof delta?.content === "string" && delta.content !== "") {
        yield { content: delta.content };
    }
    if (typeof choice?.finish_reason === "string") {
        yield { finish: choice.finish_reason };
    }
    if (typeof chunk?.usage?.completion_tokens === "number") {
        yield { usage: usage(chunk.usage) };
    }
}

function usage(numbers) {
    const count = (value) => (Number.isFinite(value) ? value : 0);
    return {
        prompt: count(numbers.prompt_tokens),
        completion: count(numbers.completion_tokens),
        reasoning: count(numbers.completion_tokens_details?.reasoning_tokens),
        cached: count(numbers.prompt_tokens_details?.cached_tokens),
    };
}

/** A response that is no success, in words. */
async function refusal(response) {
    const text = (await response.text().catch(() => "")).slice(0, 2000);
    let said = "";
    try {
        said = String(JSON.parse(text).error?.message ?? "");
    } catch {
        // An intermediary's page says less than the status does.
    }
    const seconds = Number(response.headers.get("Retry-After"));
    const retryAfter = response.headers.has("Retry-After") && seconds >= 0 ? Math.min(seconds, 3600) : null;
    return new RequestError(said || general(response.status), response.status, retryAfter);
}

function general(status) {
    switch (status) {
    case 401: case 403: return "The server wants an API key. Enter one in the settings.";
    case 404: return "The server does not know this model.";
    case 413: return "The conversation is longer than the server accepts.";
    case 429: return "The server is busy. Try again in a moment.";
    default: return `The server answered with status ${status}.`;
    }
}
