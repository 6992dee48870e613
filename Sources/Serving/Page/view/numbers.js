/**
 * Numbers and times as people read them.
 */
import { speed } from "../conversation/answering.js";

const thin = "\u202f";

/** 1234 as "1 234". */
export function count(number) {
    return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, thin);
}

/** One number and its noun. */
export function counted(number, noun) {
    return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Milliseconds as "0.8 s", "12 s" or "3 min 5 s". */
export function duration(milliseconds) {
    const seconds = milliseconds / 1000;
    if (seconds < 9.95) {
        return `${seconds.toFixed(1)} s`;
    }
    const whole = Math.round(seconds);
    return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Bytes as "12 kB" or "1.3 MB". */
export function size(bytes) {
    return bytes < 1e6 ? `${count(Math.ceil(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** What is known of an answer's length and speed, as short phrases. */
export function answerFigures(message) {
    const figures = [];
    const { usage, timing } = message;
    const tokensPerSecond = speed(message);
    if (usage) {
        figures.push(counted(usage.completion, "token"));
    } else if (timing?.pieces > 0) {
        figures.push(`about ${counted(timing.pieces, "token")}`);
    }
    if (tokensPerSecond !== null) {
        figures.push(`${tokensPerSecond.toFixed(tokensPerSecond < 10 ? 1 : 0)} tokens/s`);
    }
    if (timing?.first >= 50) {
        figures.push(`first after ${duration(timing.first)}`);
    }
    if (usage?.prompt > 0) {
        const cached = usage.cached > 0 ? `, ${count(usage.cached)} of them cached` : "";
        figures.push(`prompt ${count(usage.prompt)}${cached}`);
    }
    return figures;
}

/** A day as the list's headings name it. */
export function dayName(milliseconds, now = Date.now()) {
    const day = (time) => new Date(time).setHours(0, 0, 0, 0);
    const days = Math.round((day(now) - day(milliseconds)) / 86400000);
    if (days <= 0) {
        return "Today";
    }
    return days === 1 ? "Yesterday" : days < 7 ? "This week" : days < 31 ? "This month" : "Earlier";
}

export function clock(milliseconds) {
    return new Date(milliseconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
