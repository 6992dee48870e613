/**
 * The settings: system prompt, sampling, API key, colours.
 */
import { fields, parsedField } from "../conversation/settings.js";
import { byId, make } from "./elements.js";
import { keptForTab, keptForever } from "./kept.js";

const keyName = "isobath.key";
const themeName = "isobath.theme";

/** The API key; it is kept for this tab only, and never with conversations. */
export function apiKey() {
    return keptForTab.get(keyName) ?? "";
}

export class SettingsDialog {
    /** `onChange` is called with the new settings, and `onKey` after the API key has changed. */
    constructor(onChange, onKey) {
        this.onChange = onChange;
        this.onKey = onKey;
        this.dialog = byId("settings");
        this.form = byId("settings-form");
        this.inputs = new Map(fields.map((field) => [field, this.#input(field)]));
        byId("open-settings").addEventListener("click", () => this.open());
        byId("close-settings").addEventListener("click", () => this.dialog.close());
        this.form.addEventListener("submit", (event) => this.#submit(event));
        for (const choice of this.form.elements.theme) {
            choice.addEventListener("change", () => setTheme(choice.value));
        }
    }

    #input(field) {
        const input = make("input", {
            type: "text", inputmode: field.step < 1 ? "decimal" : "numeric", id: `setting-${field.name}`,
            autocomplete: "off", placeholder: "automatic", "aria-describedby": `help-${field.name}`,
        });
        const label = make("label", { for: input.id }, field.label);
        const help = make("p", { class: "help", id: `help-${field.name}` }, field.help);
        byId("sampling").append(make("div", { class: "setting" }, label, input, help));
        return input;
    }

    /** The settings that the dialog shows when it opens next. */
    setSettings(settings) {
        this.settings = settings;
        const isSet = settings.system.trim() !== "" || fields.some((field) => settings[field.name] !== null);
        byId("open-settings").classList.toggle("set", isSet);
    }

    /** `focusOnKey`: the server has refused a request without a key. */
    open(focusOnKey = false) {
        byId("system").value = this.settings.system;
        for (const [field, input] of this.inputs) {
            input.value = this.settings[field.name] ?? "";
            input.setCustomValidity("");
        }
        byId("key").value = apiKey();
        this.form.elements.theme.value = keptForever.get(themeName) ?? "system";
        this.dialog.showModal();
        if (focusOnKey === true) {
            byId("key").focus();
        }
    }

    #submit(event) {
        event.preventDefault();
        const settings = { ...this.settings, system: byId("system").value };
        for (const [field, input] of this.inputs) {
            const { value, problem } = parsedField(field, input.value);
            input.setCustomValidity(problem ?? "");
            if (problem !== undefined) {
                input.reportValidity();
                input.addEventListener("input", () => input.setCustomValidity(""), { once: true });
                return;
            }
            settings[field.name] = value;
        }
        this.dialog.close();
        this.setSettings(settings);
        this.onChange(settings);
        this.#keepKey(byId("key").value.trim());
    }

    #keepKey(key) {
        if (key !== apiKey()) {
            keptForTab.set(keyName, key === "" ? null : key);
            this.onKey();
        }
    }
}

/** Light, dark, or as the system has it. `theme.js` sets it before the page shows. */
function setTheme(theme) {
    keptForever.set(themeName, theme === "system" ? null : theme);
    if (theme === "system") {
        delete document.documentElement.dataset.theme;
    } else {
        document.documentElement.dataset.theme = theme;
    }
}
