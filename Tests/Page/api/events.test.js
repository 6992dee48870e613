import assert from "node:assert/strict";
import { test } from "node:test";
import { EventReader } from "../../../Sources/Serving/Page/api/events.js";
import { cut, randomNumbers } from "../support/rendering.js";

const stream = "data: one\n\n: a comment\r\ndata: two\r\ndata:lines\r\rid: 3\nevent: x\ndata\ndata:  three \n\n\n\ndata: {\"a\":\"\\n\"}\n\ndata: last";
const expected = ["one", "two\nlines", " three ", "{\"a\":\"\\n\"}"];

/** The events of a stream that comes in pieces. */
function events(pieces) {
    const reader = new EventReader();
    return pieces.flatMap((piece) => reader.read(piece));
}

test("events come out whole, however the stream is cut", () => {
    const random = randomNumbers(5);
    assert.deepEqual(events([stream]), expected);
    assert.deepEqual(events([...stream]), expected);
    for (let round = 0; round < 500; round++) {
        assert.deepEqual(events(cut(stream, random, 9)), expected);
    }
});

test("an event that has not ended is not given", () => {
    assert.deepEqual(events(["data: a\n"]), []);
    assert.deepEqual(events(["data: a\n", "\n"]), ["a"]);
    assert.deepEqual(events(["data: a\r", "\n\r", "\n"]), ["a"]);
});

test("a line without an end is refused", () => {
    const reader = new EventReader();
    const piece = "x".repeat(4 * 1024 * 1024);
    assert.throws(() => {
        for (let index = 0; index < 9; index++) {
            reader.read(piece);
        }
    }, /32 MB/);
});
