"""Runs of the two programs: commands in, figures out.

A figure is named by (what, threads, depth, sequences); "prefill" and "decode" are tokens a second, "load" is seconds,
"memory" is bytes.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from .peer import Failure


@dataclass
class Ended:
    output: str
    seconds: float
    peak_bytes: int


def call(command, environment=None):
    """Runs to the end; wall time, and the most memory that it had in RAM."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begun = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command], stdout=output, stderr=errors, env={**os.environ, **(environment or {})})
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            process.wait()
            raise
        seconds = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            tail = errors.read().decode(errors="replace")[-2000:]
            raise Failure(f"'{' '.join(map(str, command))}' ended with status {process.returncode}:\n{tail}")
        unit = 1 if sys.platform == "darwin" else 1024
        return Ended(output.read().decode(errors="replace"), seconds, usage.ru_maxrss * unit)


class Isobath:
    """Isobath: `bench` for speeds, `run` for how long it takes to the first token."""

    name = "isobath"

    def __init__(self, options):
        self.program = options.program
        self.options = options

    def bench(self, model, *arguments):
        ended = call([
            self.program, "bench", model, "--json", "--no-machine", "--repeat", "1", "--cache-type",
            self.options.cache_type, *map(str, arguments)])
        figures, loads = {}, {}
        for result in json.loads(ended.output)["results"]:
            key = (result["kind"], result["threads"], result["depth"], result["sequences"])
            figures[key] = result["tokens_per_s"]["median"]
            loads[key] = {
                "bytes_per_token": result["gb_per_s"] * 1e9 / figures[key],
                "operations_per_token": result["top_per_s"] * 1e12 / figures[key],
            }
        return figures, loads, ended

    def speed(self, model, depth, threads):
        figures, loads, ended = self.bench(
            model, "--prefill", self.options.prompt, "--decode", self.options.steps, "--depth", depth, "--threads",
            ",".join(map(str, threads)))
        if depth == 0:
            figures[("memory", max(threads), 0, 1)] = ended.peak_bytes
        return figures, loads

    def batch(self, model, threads):
        figures, loads, _ = self.bench(
            model, "--prefill", 0, "--decode", self.options.steps, "--depth", self.options.batch_depth, "--threads",
            threads, "--sequences", ",".join(map(str, self.options.sequences)))
        return figures, loads

    def load(self, model, threads):
        ended = call([
            self.program, "run", model, "--tokens", "1", "-n", "1", "--ignore-eos", "--json", "--threads", threads,
            "--cache-type", self.options.cache_type])
        return {("load", threads, 0, 1): ended.seconds}, {}

    def machine(self, threads):
        """What the machine can do at this moment."""
        ended = call([
            self.program, "bench", "--machine", "--json", "--repeat", "2", "--threads", ",".join(map(str, threads))])
        return json.loads(ended.output)["machine"]


@dataclass(frozen=True)
class Setting:
    """A setting of llama.cpp."""

    repack: bool
    flash: bool

    @property
    def name(self):
        return ("repacked" if self.repack else "as stored") + (", flash attention" if self.flash else "")


class Llama:
    """llama.cpp: llama-bench for single sequences, llama-batched-bench for several."""

    def __init__(self, options, build, setting):
        self.bin = build / "bin"
        self.options = options
        self.setting = setting
        self.name = setting.name
        # Its quantized caches need flash attention for the values.
        self.types = ["-ctk", options.cache_type, "-ctv", options.cache_type]

    def call(self, program, *arguments):
        path = f"{self.bin}:{os.environ.get('LD_LIBRARY_PATH', '')}"
        return call([self.bin / program, *map(str, arguments)], {"LD_LIBRARY_PATH": path})

    def bench(self, model, *arguments):
        ended = self.call(
            "llama-bench", "-m", model, "-r", 1, "-o", "json", "-fa", "on" if self.setting.flash else "off", "--repack",
            int(self.setting.repack), *self.types, *arguments)
        figures = {}
        for test in json.loads(ended.output):
            kind = "prefill" if test["n_prompt"] else "decode"
            figures[(kind, test["n_threads"], test["n_depth"], 1)] = test["avg_ts"]
        return figures, ended

    def speed(self, model, depth, threads):
        figures, ended = self.bench(
            model, "-p", self.options.prompt, "-n", self.options.steps, "-d", depth, "-t", ",".join(map(str, threads)))
        if depth == 0:
            figures[("memory", max(threads), 0, 1)] = ended.peak_bytes
        return figures, {}

    def batch(self, model, threads):
        prompt, steps, most = self.options.batch_depth, self.options.steps, max(self.options.sequences)
        context = most * (-(-(prompt + steps) // 256) * 256)
        ended = self.call(
            "llama-batched-bench", "-m", model, "--output-format", "jsonl", "-c", context, "-npp", prompt, "-ntg", steps,
            "-npl", ",".join(map(str, self.options.sequences)), "-t", threads, "-tb", threads, "-fa",
            "on" if self.setting.flash else "off", *self.types, *([] if self.setting.repack else ["--no-repack"]))
        figures = {}
        for line in ended.output.splitlines():
            if line.startswith("{"):
                test = json.loads(line)
                figures[("decode", threads, prompt, test["pl"])] = test["speed_tg"]
        return figures, {}

    def load(self, model, threads):
        _, ended = self.bench(model, "-p", 0, "-n", 1, "--no-warmup", "-t", threads)
        return {("load", threads, 0, 1): ended.seconds}, {}
