import assert from "node:assert/strict";
import { answers, ask, kept, pageTest, thread, titles, useBrowser } from "../support/pages.js";

useBrowser();

pageTest("a question is sent and its answer appears while it is written", async ({ page, stub }) => {
    const goOn = stub.holdAt(4, { content: "One **two** three.\n\n- four\n- five", piece: 2 });
    await page.type("Count, please");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector(".assistant .prose")?.innerHTML === "<p dir=\"auto\">One <strong>tw</strong></p>");
    goOn();
    await page.waitUntil(() => document.querySelector(".assistant .figures"));
    assert.deepEqual(await thread(page), ["Count, please", "One two three.\n\nfour\n\nfive"]);
    const [request] = stub.requests;
    assert.deepEqual(request.messages, [{ role: "user", content: "Count, please" }]);
    assert.equal(request.model, stub.models[0]);
    assert.deepEqual([request.stream, request.stream_options, request.temperature],
        [true, { include_usage: true }, undefined]);
    assert.equal(await page.text("#title"), "Count, please");
    assert.match(await page.text(".figures"),
        /^17 tokens · \d+(\.\d)? tokens\/s( · first after \d+\.\d s)? · prompt 21$/);
});

pageTest("a model's examples are offered, and asked with a click", async ({ page, stub }) => {
    assert.equal(await page.run(() => document.querySelector("#examples").hidden), true);
    stub.examples = { [stub.models[1]]: ["What is 2 + 2?", "<b>Why?</b>"] };
    await page.reload();
    assert.equal(await page.run(() => document.querySelector("#examples").hidden), true);
    await page.run((name) => {
        document.querySelector("#model").value = name;
        document.querySelector("#model").dispatchEvent(new Event("change"));
    }, stub.models[1]);
    const offered = await page.run(() => [...document.querySelectorAll("#examples button")].map((one) => one.textContent));
    assert.deepEqual(offered, ["What is 2 + 2?", "<b>Why?</b>"]);
    await page.click("#examples li:last-child button");
    await page.waitUntil(() => document.querySelector(".assistant .figures"));
    assert.deepEqual(await thread(page), ["<b>Why?</b>", "You said: <b>Why?</b>"]);
    assert.equal(stub.requests[0].model, stub.models[1]);
    assert.equal(await page.run(() => document.activeElement.id), "entry");
});

pageTest("thinking is folded, shows its time, and opens while it goes on", async ({ page, stub }) => {
    const usage = { completion_tokens_details: { reasoning_tokens: 6 } };
    const goOn = stub.holdAt(5, { reasoning: "First *this*, then that.", content: "Done.", delay: 40, usage });
    await page.type("Think");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector(".thinking.active"));
    assert.equal(await page.run(() => document.querySelector(".thinking").open), false);
    await page.click(".thinking summary");
    await page.waitUntil(() => document.querySelector(".thought em")?.textContent === "this");
    goOn();
    await page.waitUntil(() => document.querySelector(".assistant .figures"));
    assert.match(await page.text(".thinking summary"), /^Thought for \d+(\.\d)? s, 6 tokens$/);
    assert.equal(await page.text(".thought"), "First this, then that.");
    await kept(page);
    await page.reload();
    assert.equal(await page.text(".thought"), "");
    await page.click(".thinking summary");
    await page.waitUntil(() => document.querySelector(".thought").textContent === "First this, then that.");
});

pageTest("an answer is stopped by Escape and by the button, and what was written stays", async ({ page, stub }) => {
    for (const stop of [() => page.press("Escape"), () => page.click("#send")]) {
        stub.holdAt(20, { content: "word ".repeat(2000) });
        await page.run(() => document.querySelector("#entry").focus());
        await page.type("Go on");
        await page.press("Enter");
        const count = await answers(page);
        await page.waitUntil(() => [...document.querySelectorAll(".assistant .prose")].pop()?.textContent.length > 20);
        assert.equal(await page.run(() => document.querySelector("#send").getAttribute("aria-label")),
            "Stop the answer");
        await stop();
        await page.waitUntil((number) => document.querySelectorAll(".assistant .figures").length > number, count);
        assert.equal(await page.run(() => document.querySelector("#send").getAttribute("aria-label")), "Send");
    }
    assert.equal(await page.run(() => [...document.querySelectorAll(".end")].map((one) => one.textContent).join()),
        "Stopped.,Stopped.");
    while (stub.abandoned < 2) {
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(stub.requests[1].messages[1].content.startsWith("word "));
});

pageTest("another try stands beside the first, which is kept", async ({ page, stub }) => {
    stub.answer = (request, number) => ({ content: `Answer ${number}` });
    await ask(page, "Q");
    await page.click("[aria-label^='Try again']");
    await page.waitUntil(() => document.querySelector(".assistant .prose")?.textContent === "Answer 2" &&
        document.querySelector(".figures"));
    assert.deepEqual(stub.requests[0], stub.requests[1]);
    assert.match(await page.text(".assistant .siblings"), /2 \/ 2/);
    await ask(page, "More");
    await page.click("[aria-label='Previous answer']");
    assert.deepEqual(await thread(page), ["Q", "Answer 1"]);
    await page.click("[aria-label='Next answer']");
    assert.deepEqual(await thread(page), ["Q", "Answer 2", "More", "Answer 3"]);
});

pageTest("messages that do not change keep their elements, and what is unfolded in them", async ({ page, stub }) => {
    stub.answer = () => ({ reasoning: "Hm.", content: "Yes." });
    await ask(page, "First");
    await page.click(".thinking summary");
    await page.run(() => { window.first = document.querySelector(".assistant"); });
    await ask(page, "Second");
    assert.ok(await page.run(() => window.first === document.querySelector(".assistant")));
    assert.equal(await page.run(() => window.first.querySelector(".thinking").open), true);
});

pageTest("an edited question begins a branch, and the old one is kept", async ({ page, stub }) => {
    await ask(page, "First");
    await ask(page, "Second");
    await page.run(() => document.querySelector("#entry").focus());
    await page.press("ArrowUp");
    await page.waitUntil(() => document.activeElement.closest(".edit") !== null);
    assert.equal(await page.run(() => document.activeElement.value), "Second");
    await page.run(() => document.activeElement.select());
    await page.type("Third");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelectorAll(".assistant .figures").length === 2);
    assert.deepEqual(await thread(page), ["First", "You said: First", "Third", "You said: Third"]);
    assert.deepEqual(stub.requests[2].messages.map((message) => message.content),
        ["First", "You said: First", "Third"]);
    await page.click(".user [aria-label='Previous version']");
    assert.deepEqual(await thread(page), ["First", "You said: First", "Second", "You said: Second"]);
});

pageTest("errors are told in words, and one can try again", async ({ page, stub }) => {
    const failures = [{ status: 429, content: "The queue is full." },
        { content: "Half an ans", breaksOff: true, delay: 50 }, { content: "Whole." }];
    stub.answer = (request, number) => failures[number - 1];
    await ask(page, "Q");
    assert.equal(await page.text(".message .problem"), "The queue is full.");
    await page.click("[aria-label^='Try again']");
    await page.waitUntil(() =>
        document.querySelector(".message .problem")?.textContent === "The connection ended before the answer did.");
    assert.equal(await page.text(".assistant .prose"), "Half an ans");
    await page.click("[aria-label^='Try again']");
    await page.waitUntil(() => document.querySelector(".assistant .prose")?.textContent === "Whole.");
});

pageTest("an answer goes on while another conversation is shown", async ({ page, stub }) => {
    const goOn = stub.holdAt(9, { content: "slowly ".repeat(200) });
    await page.type("Slow");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector(".assistant .prose")?.textContent !== "");
    await page.press("O", ["Control", "Shift"]);
    stub.answer = () => ({ content: "Quickly." });
    await page.type("Quick");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector(".assistant .figures"));
    assert.deepEqual(await titles(page, 2), ["Quick", "Slow"]);
    await page.run(() => document.querySelectorAll("#conversations .open")[1].click());
    await page.waitUntil(() => document.querySelector("#title").textContent === "Slow");
    assert.equal(await page.run(() => document.querySelector("#send").getAttribute("aria-label")), "Stop the answer");
    goOn();
    await page.waitUntil(() => document.querySelector(".assistant .figures"));
    assert.equal(await page.run(() => document.querySelector(".assistant .prose").innerText.trim().split(" ").length),
        200);
});

pageTest("the page follows what is written, unless one scrolls up", async ({ page, stub }) => {
    stub.answer = () => ({ content: "A paragraph of a few words.\n\n".repeat(120), delay: 4, piece: 12 });
    const distance = () => page.run(() => {
        const { scrollHeight, scrollTop, clientHeight } = document.querySelector("#scroller");
        return scrollHeight - scrollTop - clientHeight;
    });
    await page.type("Long");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector("#scroller").scrollHeight > 2000);
    assert.ok(await distance() < 90);
    await page.run(() => { document.querySelector("#scroller").scrollTop = 100; });
    await page.waitUntil(() => document.querySelector(".assistant .figures"));
    assert.equal(await page.run(() => document.querySelector("#scroller").scrollTop), 100);
    await page.click("#jump");
    await page.waitUntil(() => {
        const { scrollHeight, scrollTop, clientHeight } = document.querySelector("#scroller");
        return scrollHeight - scrollTop - clientHeight < 2;
    });
});

pageTest("files go with the message: dropped, chosen, pasted", async ({ page, stub }) => {
    await page.run(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["let x = 1\n"], "main.swift"));
        transfer.items.add(new File([new Uint8Array([0, 1, 255])], "picture.bin"));
        document.querySelector("#main").dispatchEvent(new DragEvent(
            "drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        const pasted = new DataTransfer();
        pasted.setData("text/plain", "long ".repeat(1000));
        document.querySelector("#entry").dispatchEvent(new ClipboardEvent(
            "paste", { clipboardData: pasted, cancelable: true }));
    });
    await page.waitUntil(() => document.querySelectorAll("#attached .chip").length === 2);
    assert.match(await page.text(".notice"), /^picture\.bin was not attached, because it is not a text in UTF-8\./);
    await page.click("[aria-label='Remove pasted text.txt']");
    await ask(page, "Explain");
    assert.equal(stub.requests[0].messages[0].content, "main.swift:\n```\nlet x = 1\n```\n\nExplain");
    assert.equal(await page.text(".user .chip .name"), "main.swift");
    assert.equal(await page.run(() => document.querySelectorAll("#attached .chip").length), 0);
});

pageTest("settings are sent, kept, and refused where they make no sense", async ({ page, stub }) => {
    await page.press(".", ["Control"]);
    await page.type("Answer in verse.");
    await page.run(() => document.querySelector("#setting-temperature").focus());
    await page.type("3");
    await page.click("#settings .primary");
    assert.equal(await page.run(() => document.querySelector("#settings").open), true);
    assert.equal(await page.run(() => document.querySelector("#setting-temperature").validationMessage),
        "Temperature is a number from 0 to 2.");
    await page.run(() => document.querySelector("#setting-temperature").select());
    await page.type("0.6");
    await page.run(() => document.querySelector("#setting-seed").focus());
    await page.type("42");
    await page.press("Enter");
    await page.waitUntil(() => !document.querySelector("#settings").open);
    await ask(page, "Q");
    const { temperature, seed, messages, max_tokens: longest } = stub.requests[0];
    assert.deepEqual([temperature, seed, longest, messages[0]],
        [0.6, 42, undefined, { role: "system", content: "Answer in verse." }]);
    await page.reload();
    await ask(page, "Q");
    assert.equal(stub.requests[1].seed, 42);
});

pageTest("the model that is chosen is asked, also after a reload", async ({ page, stub }) => {
    await page.run(() => {
        const select = document.querySelector("#model");
        select.value = "first-light";
        select.dispatchEvent(new Event("change"));
    });
    await ask(page, "Q");
    await page.reload();
    await ask(page, "Q");
    assert.deepEqual(stub.requests.map((request) => request.model), ["first-light", "first-light"]);
    assert.equal(await page.text(".assistant .who"), "first-light");
});
