/**
 * A server that speaks the part of the interface that the page uses, with answers that a test chooses.
 */
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export const pageFolder = fileURLToPath(new URL("../../../Sources/Serving/Page/", import.meta.url));

/** What `isobath serve` sends with every file of the page. */
export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css",
    ".svg": "image/svg+xml" };

export class StubServer {
    /** The answer to a request: `{reasoning, content, delay, piece, status, usage}`; tests put a function here. */
    answer = (request) => ({ content: `You said: ${request.messages[request.messages.length - 1].content}` });
    models = ["deepseek-r1-distill-qwen-1.5b", "first-light"];
    /** Questions to begin with, by model. */
    examples = {};
    key = null;
    /** The bodies of all requests for an answer. */
    requests = [];
    /** How many answers the client did not wait for. */
    abandoned = 0;

    static async start() {
        const stub = new StubServer();
        stub.server = createServer((request, response) => stub.#respond(request, response).catch((error) => {
            response.destroy(error);
        }));
        await new Promise((resolve) => stub.server.listen(0, "127.0.0.1", resolve));
        stub.address = `http://127.0.0.1:${stub.server.address().port}/`;
        return stub;
    }

    /** Answers next with `answer`, but waits before its piece number `index`; returns the function that lets it go on. */
    holdAt(index, answer) {
        let goOn;
        const released = new Promise((resolve) => { goOn = resolve; });
        this.answer = () => ({ ...answer, hold: { index, released } });
        return goOn;
    }

    stop() {
        this.server.closeAllConnections();
        return new Promise((resolve) => this.server.close(resolve));
    }

    async #respond(request, response) {
        const path = new URL(request.url, "http://stub").pathname;
        if (!path.startsWith("/v1/")) {
            await this.#file(path, response);
        } else if (this.key !== null && request.headers.authorization !== `Bearer ${this.key}`) {
            json(response, 401, { error: { message: "This server wants an API key.", type: "invalid_request_error" } });
        } else if (path === "/v1/models") {
            const data = this.models.map((id) => ({ id, object: "model", examples: this.examples[id] }));
            json(response, 200, { object: "list", data });
        } else {
            await this.#complete(request, response);
        }
    }

    async #file(path, response) {
        const name = path === "/" ? "index.html" : normalize(path).slice(1);
        const content = await readFile(join(pageFolder, name)).catch(() => null);
        const headers = { "Content-Type": types[extname(name)] ?? "text/plain", "Content-Security-Policy": policy };
        response.writeHead(content === null ? 404 : 200, headers).end(content);
    }

    async #complete(request, response) {
        const body = JSON.parse(await text(request));
        this.requests.push(body);
        const answer = this.answer(body, this.requests.length);
        if (answer.status !== undefined) {
            response.setHeader("Retry-After", "2");
            json(response, answer.status, { error: { message: answer.content } });
            return;
        }
        response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
        let isOpen = true;
        const closed = new Promise((resolve) => response.on("close", resolve)).then(() => { isOpen = false; });
        const write = (choice, more = {}) =>
            response.write(
            `data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [choice].flat(), ...more })}\n\n`);
        const parts = [...pieces("reasoning_content", answer.reasoning, answer),
            ...pieces("content", answer.content, answer)];
        for (const [index, delta] of parts.entries()) {
            if (index === answer.hold?.index) {
                await Promise.race([answer.hold.released, closed]);
            }
            if (!isOpen) {
                this.abandoned++;
                return;
            }
            write({ index: 0, delta, finish_reason: null });
            await new Promise((resolve) => setTimeout(resolve, answer.delay ?? 0));
        }
        if (answer.breaksOff) {
            response.destroy();
            return;
        }
        write({ index: 0, delta: {}, finish_reason: answer.finish ?? "stop" });
        const usage = { prompt_tokens: 21, completion_tokens: parts.length, total_tokens: 21 + parts.length,
            ...answer.usage };
        write([], { usage });
        response.end("data: [DONE]\n\n");
    }
}

function pieces(name, content, { piece = 4 }) {
    const characters = Array.from(content ?? "");
    const result = [];
    for (let index = 0; index < characters.length; index += piece) {
        result.push({ [name]: characters.slice(index, index + piece).join("") });
    }
    return result;
}

function json(response, status, value) {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}

async function text(request) {
    let result = "";
    for await (const part of request.setEncoding("utf8")) {
        result += part;
    }
    return result;
}
