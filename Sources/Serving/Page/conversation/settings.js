/**
 * What a person can set about answers, and within which bounds. `null` leaves a value to the server.
 */

export const fields = [
    { name: "temperature", label: "Temperature", minimum: 0, maximum: 2, step: 0.05, sent: "temperature",
        help: "0 always takes the likeliest word; higher values vary more." },
    { name: "topP", label: "Top-p", minimum: 0.01, maximum: 1, step: 0.01, sent: "top_p",
        help: "Only the likeliest words that together have this probability." },
    { name: "maxTokens", label: "Longest answer", unit: "tokens", minimum: 1, maximum: 1000000, step: 1,
        sent: "max_tokens", help: "Where an answer is cut off, thinking included." },
    { name: "thinkingBudget", label: "Thinking budget", unit: "tokens", minimum: 0, maximum: 1000000, step: 1,
        sent: "thinking_budget", help: "After so many tokens of thinking the model must answer; 0 for none." },
    { name: "seed", label: "Seed", minimum: 0, maximum: 2147483647, step: 1, sent: "seed",
        help: "The same seed gives the same answer again." },
];

/** The settings of a first conversation. */
export function defaultSettings() {
    return { system: "", ...Object.fromEntries(fields.map((field) => [field.name, null])) };
}

/** Settings from anywhere as settings within bounds; what makes no sense becomes the default. */
export function validSettings(value) {
    const settings = defaultSettings();
    if (typeof value?.system === "string") {
        settings.system = value.system.slice(0, 200000);
    }
    for (const field of fields) {
        settings[field.name] = validNumber(value?.[field.name], field);
    }
    return settings;
}

function validNumber(value, { minimum, maximum, step }) {
    const isNumber = typeof value === "number" && value >= minimum && value <= maximum;
    return isNumber && (step < 1 || Number.isInteger(value)) ? value : null;
}

/** What a person typed for a field: `{value}`, with null for nothing, or `{problem}` in a sentence. */
export function parsedField(field, text) {
    if (text.trim() === "") {
        return { value: null };
    }
    const value = validNumber(Number(text.trim().replace(",", ".")), field);
    const kind = field.step < 1 ? "a number" : "a whole number";
    const problem = `${field.label} is ${kind} from ${field.minimum} to ${field.maximum}.`;
    return value === null ? { problem } : { value };
}

/** The settings as fields of a request. */
export function requestFields(settings) {
    const set = fields.filter((field) => settings[field.name] !== null);
    return Object.fromEntries(set.map((field) => [field.sent, settings[field.name]]));
}
