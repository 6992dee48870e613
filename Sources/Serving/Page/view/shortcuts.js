/**
 * Keys that work anywhere in the page, and the list of all keys.
 */
import { byId, make } from "./elements.js";

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
const command = isApple ? "⌘" : "Ctrl";

const listed = [
    ["Enter", "Send the message"],
    ["Shift Enter", "New line"],
    ["Esc", "Stop the answer, or close what is open"],
    ["↑", "In the empty field: edit the last question"],
    [`${command} Shift O`, "New conversation"],
    [`${command} K`, "Search the conversations"],
    [`${command} B`, "Show or hide the list of conversations"],
    [`${command} .`, "Settings"],
    ["Alt ↑ / Alt ↓", "To the message before or behind"],
    ["F2 / Delete", "In the list: rename or delete"],
    ["/", "To the message field"],
    ["?", "This list"],
];

/** Listens for keys; `actions` are named like the cases below. */
export function listenForShortcuts(actions) {
    const list = byId("shortcut-list");
    for (const [keys, meaning] of listed) {
        const caps = keys.split(" ").map((key) => (key === "/" && keys !== "/" ? " or " : make("kbd", {}, key)));
        list.append(make("div", {}, make("dt", {}, ...caps), make("dd", {}, meaning)));
    }
    byId("open-shortcuts").addEventListener("click", () => byId("shortcuts").showModal());
    byId("close-shortcuts").addEventListener("click", () => byId("shortcuts").close());
    document.addEventListener("keydown", (event) => {
        const action = document.querySelector("dialog[open]") === null ? actionOf(event) : undefined;
        if (action !== undefined) {
            event.preventDefault();
            action === "shortcuts" ? byId("shortcuts").showModal() : actions[action]();
        }
    });
}

/** The name of the action that a key stands for, or undefined. */
function actionOf(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
    if (isCommand) {
        const name = event.shiftKey ? `shift ${key}` : key;
        return { "shift o": "startNew", k: "search", b: "toggleSidebar", ".": "settings" }[name];
    }
    if (event.altKey) {
        return { ArrowUp: "previousMessage", ArrowDown: "nextMessage" }[key];
    }
    if (key === "Escape") {
        return "escape";
    }
    const isTyping = event.target.closest?.("input, textarea, select") !== null;
    return isTyping ? undefined : { "/": "compose", "?": "shortcuts" }[key];
}
