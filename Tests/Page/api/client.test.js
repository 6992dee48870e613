import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Client } from "../../../Sources/Serving/Page/api/client.js";

const ownFetch = globalThis.fetch;
afterEach(() => { globalThis.fetch = ownFetch; });

/** Answers the next requests with this; returns the list of what was asked. */
function answerWith(body, status = 200, headers = {}) {
    const asked = [];
    globalThis.fetch = async (path, options) => {
        asked.push({ path, ...options });
        return new Response(body, { status, headers });
    };
    return asked;
}

const chunk = (value) => `data: ${JSON.stringify(value)}\n\n`;
const delta = (fields, finish = null) => chunk({ choices: [{ index: 0, delta: fields, finish_reason: finish }] });

async function collect(body, status, headers) {
    answerWith(body, status, headers);
    const parts = [];
    for await (const part of new Client(() => "").complete({ model: "m", messages: [] })) {
        parts.push(part);
    }
    return parts;
}

test("an answer in pieces, with thoughts, its end and its numbers", async () => {
    const usage = { prompt_tokens: 5, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 1 } };
    const body = delta({ role: "assistant", content: "" }) + delta({ reasoning_content: "Hm" }) +
        delta({ content: "Yes" }) +
        delta({}, "stop") + chunk({ choices: [], usage }) + "data: [DONE]\n\n";
    assert.deepEqual(await collect(body), [{ reasoning: "Hm" }, { content: "Yes" }, { finish: "stop" },
        { usage: { prompt: 5, completion: 2, reasoning: 1, cached: 0 } }]);
});

test("a stream that ends early is an error, one that only lacks its last line is none", async () => {
    await assert.rejects(collect(delta({ content: "a" })), /ended before the answer did/);
    assert.equal((await collect(delta({ content: "a" }, "stop"))).length, 2);
});

test("errors in the stream and before it", async () => {
    await assert.rejects(collect(chunk({ error: { message: "No room." } })), /No room\./);
    await assert.rejects(collect("data: {\n\n"), /no JSON/);
    await assert.rejects(collect("{\"error\": {\"message\": \"Wrong.\"}}", 400), { message: "Wrong.", status: 400 });
    await assert.rejects(collect("<html>", 502), { message: "The server answered with status 502.", status: 502 });
    await assert.rejects(collect("", 429, { "Retry-After": "7" }), { status: 429, retryAfter: 7 });
    await assert.rejects(collect("null", 401), /API key/);
});

test("chunks of unexpected shapes say nothing", async () => {
    const odd = [null, 1, [], {}, { choices: null }, { choices: [null] }, { choices: [{ delta: { content: 5 } }] },
        { usage: "x" }];
    assert.deepEqual(await collect(odd.map(chunk).join("") + "data: [DONE]\n\n"), []);
});

test("the key goes into the header, and only there", async () => {
    const asked = answerWith("{\"data\": [{\"id\": \"a\"}, {\"id\": 5}, null, {\"id\": \"b\", \"examples\": [\"Why?\", 3]}]}");
    assert.deepEqual(await new Client(() => "secret").models(),
        [{ name: "a", examples: [] }, { name: "b", examples: ["Why?"] }]);
    assert.equal(asked[0].headers.Authorization, "Bearer secret");
    assert.equal(asked[0].path, "v1/models");
    await new Client(() => "").models();
    assert.equal(asked[1].headers.Authorization, undefined);
});
