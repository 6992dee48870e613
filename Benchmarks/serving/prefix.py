"""Time to the first token behind a long beginning that was read before: by this server, and by the one before it."""
import asyncio
import statistics
import tempfile

from . import client, programs


def run(options):
    rounds = []
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            command = programs.isobath(options.program, options, "--cache-dir", folder)
            rounds.append(once(command, options, number))
        print(" ".join(f"{name} {seconds:.3f} s" for name, seconds in rounds[-1].items()), flush=True)
    return {"rounds": rounds}


def once(command, options, number):
    shared = client.random_prompt(options.prompt, 9_000 + number)

    def ask(port, seed):
        body = client.completion("model", shared + client.random_prompt(32, seed), 4)
        return asyncio.run(client.complete(port, body)).first_seconds

    with programs.running(command) as (port, _):
        asyncio.run(client.complete(port, client.completion("model", client.random_prompt(8, 1), 2)))
        first, again = ask(port, 1), ask(port, 2)
    with programs.running(command) as (port, _):
        asyncio.run(client.complete(port, client.completion("model", client.random_prompt(8, 1), 2)))
        return {"first": first, "again": again, "after a restart": ask(port, 3)}


def table(result):
    median = {
        name: statistics.median(entry[name] for entry in result["rounds"]) for name in result["rounds"][0]}
    return "\n".join(
        ["| request | first token, s | times shorter |", "| --- | ---: | ---: |"]
        + [f"| {name} | {seconds:.3f} | {median['first'] / seconds:.1f} |" for name, seconds in median.items()])
