"""Tokens a second and time to the first token, beside llama.cpp's server."""
import asyncio
import statistics
import time

from . import client, programs


def measure(command, options, seed):
    """One program, once: a short warm-up, then `requests` for each stream."""
    with programs.running(command) as (port, _):
        return asyncio.run(load(port, options, seed))


async def load(port, options, seed):
    def bodies(count, seed):
        return [
            client.completion("model", client.random_prompt(options.prompt, seed + i), options.answer)
            for i in range(count)]

    await client.all_of(port, bodies(2, seed + 500_000), 2)
    answers = []
    begun = time.monotonic()
    await client.all_of(
        port, bodies(options.requests * options.streams, seed), options.streams,
        lambda _, answer: answers.append(answer))
    seconds = time.monotonic() - begun
    failed = [answer for answer in answers if answer.status != 200 or answer.tokens != options.answer]
    if failed:
        raise SystemExit(f"{len(failed)} answers failed, the first with {failed[0].status}: {failed[0].body[:300]!r}")
    firsts = [answer.first_seconds for answer in answers]
    return {
        "tokens_per_s": sum(answer.tokens for answer in answers) / seconds, "requests": len(answers),
        "first_median_s": statistics.median(firsts), "first_95_s": client.quantile(firsts, 0.95),
    }


def run(options):
    """Rounds in which each program runs once."""
    commands = {
        "isobath": programs.isobath(options.program, options), "llama.cpp": programs.llama(options.peer, options)}
    rounds = []
    for number in range(options.rounds):
        rounds.append({name: measure(command, options, 1_000_000 * (number + 1)) for name, command in commands.items()})
        print(f"round {number + 1}: " + ", ".join(
            f"{name} {figures['tokens_per_s']:.1f} tokens/s, 95 in 100 first tokens within {figures['first_95_s']:.2f} s"
            for name, figures in rounds[-1].items()), flush=True)
    return {"rounds": rounds, "ratio": statistics.median(
        entry["isobath"]["tokens_per_s"] / entry["llama.cpp"]["tokens_per_s"] for entry in rounds)}


def table(result):
    lines = [
        "| program | tokens/s of each round | first token, median s | 95 in 100 within, s |", "| --- | --- | ---: | ---: |"]
    for name in result["rounds"][0]:
        values = [entry[name] for entry in result["rounds"]]
        lines.append("| {} | {} | {:.3f} | {:.3f} |".format(
            name, ", ".join(f"{value['tokens_per_s']:.1f}" for value in values),
            statistics.median(value["first_median_s"] for value in values),
            statistics.median(value["first_95_s"] for value in values)))
    return "\n".join(lines + ["", f"Ratio of tokens a second, the median of the rounds: {result['ratio']:.2f}"])
