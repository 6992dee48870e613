/**
 * Short notices at the edge of the page, with at most one thing to do about them.
 */
import { byId, iconButton, make } from "./elements.js";

const shownFor = 9000;

/** Shows a sentence; `action` is `{label, run}` or nothing. It goes by itself unless it is a problem. */
export function notice(text, { action = null, isProblem = false } = {}) {
    const box = make("div", { class: `notice${isProblem ? " problem" : ""}`, role: isProblem ? "alert" : "status" });
    const close = () => box.remove();
    box.append(make("p", {}, text));
    if (action !== null) {
        const run = () => {
            close();
            action.run();
        };
        box.append(make("button", { type: "button", class: "text", on: { click: run } }, action.label));
    }
    box.append(iconButton("close", "Close this notice", close));
    byId("notices").append(box);
    if (!isProblem) {
        setTimeout(close, shownFor);
    }
}

/** Shows an error as a sentence. */
export function problem(error) {
    notice(error.message, { isProblem: true });
}
