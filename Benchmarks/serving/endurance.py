"""Many requests in a row: none fails, each answer is the one that the same request gets alone, and memory stays as it is."""
import asyncio

from . import client, programs

QUESTIONS = 64


def run(options):
    with programs.running(programs.isobath(options.program, options)) as (port, process):
        return asyncio.run(endure(port, process, options))


def questions(options):
    """Of many lengths; half of them greedy, half drawn with a seed; every third shares its beginning with others."""
    shared = client.random_prompt(options.prompt, 77)
    bodies = []
    for i in range(QUESTIONS):
        prompt = client.random_prompt(1 + (i * 37) % options.prompt, i)
        drawn = {"temperature": 0.8, "seed": i} if i % 2 else {}
        bodies.append(client.completion(
            "model", shared + prompt if i % 3 == 0 else prompt, 1 + (i * 13) % options.answer, **drawn))
    return bodies


async def endure(port, process, options):
    bodies = questions(options)
    alone = {}
    await client.all_of(port, bodies, 1, lambda index, answer: alone.__setitem__(index, answer.text()))
    total = options.requests * options.streams
    resident, failed, others = [], [], []

    def note(index, answer):
        if answer.status != 200:
            failed.append(answer.status)
        elif answer.text() != alone[index * 29 % QUESTIONS]:
            others.append(index)
        if (index + 1) % max(1, total // 40) == 0:
            resident.append(programs.resident_bytes(process))
            print(f"{index + 1} of {total}: {resident[-1] / 1e6:.1f} MB", flush=True)

    await client.all_of(port, (bodies[i * 29 % QUESTIONS] for i in range(total)), options.streams, note)
    half = len(resident) // 2
    early, late = sum(resident[4:half]) / (half - 4), sum(resident[half:]) / (len(resident) - half)
    return {
        "requests": total, "failed": len(failed), "differ_from_alone": len(others), "resident_bytes": resident,
        "growth": late / early - 1,
    }


def table(result):
    return (
        f"{result['requests']} requests: {result['failed']} failed, {result['differ_from_alone']} answers were not the one given "
        f"alone, memory of the second half {result['growth']:+.2%} against the first (its first tenth left out).")
