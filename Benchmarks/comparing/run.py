"""The alternating run: in each round Isobath once, then llama.cpp once in each of its settings."""
import os
import statistics
import sys
import time

from . import models
from .peer import Failure  # noqa: F401  (for the command)
from .programs import Isobath, Llama, Setting

MEASURES = ["load", "speed", "batch", "depth"]
# After the first round a setting goes on only if it was within this part of the best for some figure.
WORTH_REPEATING = 0.85
# Other programs that take more than this part of the cores are mentioned.
NOISE = 0.03
LESS_IS_BETTER = ("load", "memory")


class Clock:
    """How long is left: what was not timed yet takes as long for its work as what was timed."""

    def __init__(self, work):
        self.left = dict(work)  # (model, measure) → work of the rounds that are left
        self.seconds, self.done = {}, {}

    def round(self, key, work, seconds):
        self.left[key] -= work
        for name in (key, key[0], None):
            self.seconds[name] = self.seconds.get(name, 0) + seconds
            self.done[name] = self.done.get(name, 0) + work

    def text(self):
        def rate(key):
            known = next(name for name in (key, key[0], None) if name in self.done)
            return self.seconds[known] / self.done[known]

        seconds = sum(left * rate(key) for key, left in self.left.items() if left > 0)
        return f"about {int(seconds) // 3600}:{int(seconds) // 60 % 60:02d}:{int(seconds) % 60:02d} left"


class Quiet:
    """How much of the cores other programs took meanwhile: figures of a machine that was not quiet mean little."""

    def __init__(self):
        self.begun = self.now()

    @staticmethod
    def now():
        """Seconds of all cores, seconds in which they were busy, and those of the programs started here."""
        own = os.times()
        try:
            with open("/proc/stat") as file:
                ticks = [int(field) for field in file.readline().split()[1:9]]
        except OSError:
            return None
        tick = os.sysconf("SC_CLK_TCK")
        busy = sum(ticks) - ticks[3] - ticks[4]  # idle, waiting for a disk
        return sum(ticks) / tick, busy / tick, own.user + own.system + own.children_user + own.children_system

    def others(self):
        """From 0 to 1; `None` where the system does not say."""
        end = self.now()
        if end is None or self.begun is None or end[0] <= self.begun[0]:
            return None
        passed, busy, own = (after - before for before, after in zip(self.begun, end))
        return max(busy - own, 0) / passed


class Measure:
    """What each program does in a round, and roughly how much work that is, in tokens of a prompt with one thread."""

    def __init__(self, title, work, run, settings):
        self.title, self.work, self.run, self.settings = title, work, run, settings


def measures(options):
    """All that was asked for."""
    most, sequences = options.threads[-1], options.sequences
    plain = [Setting(repack, True) for repack in (True, False)]
    # llama.cpp keeps values in quantized caches only with flash attention.
    without = [Setting(repack, False) for repack in (True, False)] if options.cache_type in ("f32", "f16") else []
    each = 2 * options.prompt + 6 * options.steps
    for figure in options.figures.split(","):
        if figure == "load":
            yield Measure("load", 64, lambda program, model: program.load(model, most), plain)
        elif figure == "speed":
            work = sum(each / threads for threads in options.threads)
            yield Measure("speed", work, lambda program, model: program.speed(model, 0, options.threads), plain + without)
        elif figure == "batch":
            work = sum(options.batch_depth * n + options.steps * (5 + n) for n in sequences) / most
            yield Measure("batch", work, lambda program, model: program.batch(model, most), plain + without)
        else:
            for depth in options.depths:
                work = (depth + each) * (1 + depth / 8192) / most
                yield Measure(
                    f"depth {depth}", work, lambda program, model, d=depth: program.speed(model, d, [most]),
                    plain + without)


def all_figures(options, build, files, document, save):
    isobath = Isobath(options)
    todo = [(name, path, measure) for name, path in files.items() for measure in measures(options)]
    clock = Clock({(name, measure.title): measure.work * options.pairs for name, _, measure in todo})
    for name, path, measure in todo:
        models.warm(path)
        peers = [Llama(options, build, setting) for setting in measure.settings]
        samples = Samples()
        for index in range(options.pairs):
            begun, quiet = time.monotonic(), Quiet()
            one_round(isobath, peers, path, measure, samples, options)
            seconds, others = time.monotonic() - begun, quiet.others()
            samples.others.append(others)
            clock.round((name, measure.title), measure.work, seconds)
            if index == 0:
                peers = [peer for peer in peers if samples.is_worth_repeating(peer.name)]
            print(
                f"{name}, {measure.title}: round {index + 1} of {options.pairs} took {seconds:.0f} s; {clock.text()}"
                + (f"; other programs took {others:.0%} of the cores" if others and others > NOISE else ""),
                file=sys.stderr, flush=True)
            document["machine"] = samples.machine
            kept = [f for f in document["figures"] if (f["model"], f["measure"]) != (name, measure.title)]
            document["figures"] = kept + samples.figures(name, measure.title)
            save()


def one_round(isobath, peers, model, measure, samples, options):
    samples.add_machine(isobath.machine(sorted(set(options.threads))))
    for program in [isobath, *peers]:
        figures, loads = measure.run(program, model)
        samples.add(program.name, figures, loads)
    samples.add_machine(isobath.machine(sorted(set(options.threads))))


class Samples:
    """All figures of one model and measure."""

    def __init__(self):
        self.values = {}  # figure → program → values
        self.loads = {}  # figure → bytes and operations a token
        self.reads = {}  # threads → GB/s
        self.peaks = {}  # threads → 10¹² operations a second in 8 bits
        self.machine = None
        self.others = []  # parts of the cores that other programs took, by round

    def add(self, program, figures, loads):
        for key, value in figures.items():
            self.values.setdefault(key, {}).setdefault(program, []).append(value)
        self.loads.update(loads)

    def add_machine(self, machine):
        self.machine = {key: machine[key] for key in ("processor", "cores", "memory_bytes", "kernels")}
        for limits in machine["by_threads"]:
            self.reads.setdefault(limits["threads"], []).append(limits["read_gb_per_s"]["median"])
            for peak in limits["peaks"]:
                if peak["kind"] == "int8":
                    self.peaks.setdefault(limits["threads"], []).append(peak["top_per_s"])

    def is_worth_repeating(self, name):
        for key, programs in self.values.items():
            rates = {p: better(key, statistics.median(v)) for p, v in programs.items() if p != Isobath.name}
            if name in rates and rates[name] >= WORTH_REPEATING * max(rates.values()):
                return True
        return False

    def figures(self, model, measure):
        return [self.figure(model, measure, key) for key in sorted(self.values) if Isobath.name in self.values[key]]

    def figure(self, model, measure, key):
        what, threads, depth, sequences = key
        own = self.values[key][Isobath.name]
        # Only settings that ran as often: one that was dropped after the first round was slower.
        peers = {p: v for p, v in self.values[key].items() if p != Isobath.name and len(v) == len(own)}
        best = max(peers, key=lambda p: better(key, statistics.median(peers[p])), default=None)
        entry = {
            "model": model, "measure": measure, "figure": what, "threads": threads, "depth": depth,
            "sequences": sequences, "isobath": spread(own),
            "llama_cpp": {p: spread(v) for p, v in self.values[key].items() if p != Isobath.name}, "best": best,
            "ratio": None, "pair_ratios": [], "others": self.others,
        }
        if best:
            entry["ratio"] = better(key, statistics.median(own)) / better(key, statistics.median(peers[best]))
            entry["pair_ratios"] = [better(key, a) / better(key, b) for a, b in zip(own, peers[best])]
        entry.update(self.shares(key, statistics.median(own)))
        return entry

    def shares(self, key, rate):
        """What Isobath reaches of the limits that were sampled between the runs."""
        load, threads = self.loads.get(key), key[1]
        if load is None or threads not in self.reads:
            return {}
        read, peak = statistics.median(self.reads[threads]), max(self.peaks.get(threads, [0]))
        shares = {
            "read_gb_per_s": spread(self.reads[threads]), "gb_per_s": rate * load["bytes_per_token"] / 1e9,
            "share_of_bandwidth": rate * load["bytes_per_token"] / 1e9 / read,
        }
        if peak:
            shares["int8_top_per_s"] = peak
            shares["share_of_int8_peak"] = rate * load["operations_per_token"] / 1e12 / peak
        return shares


def better(key, value):
    """The value, or its inverse where less is better."""
    return 1 / value if key[0] in LESS_IS_BETTER else value


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "values": values}
