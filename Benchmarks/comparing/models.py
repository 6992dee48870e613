"""The models that are compared: released shapes with random weights, written by `isobath synth`."""
import pathlib
import subprocess
import sys

from .peer import Failure

# name: what `isobath synth` takes.
SHAPES = {
    "qwen1.5b-q4km": ["deepseek-r1-distill-qwen-1.5b", "--type", "q4_k_m"],
    "qwen1.5b-q8": ["deepseek-r1-distill-qwen-1.5b", "--type", "q8_0"],
    "v2lite-q4km": ["deepseek-v2-lite", "--type", "q4_k_m"],
    "v3thin-dq3": ["deepseek-v3-thin", "--type", "dq3_k_m"],
}


def files(options):
    """Name → path of each model that was asked for; those that are not there yet are written."""
    found = {}
    for entry in options.models.split(","):
        name, equals, path = entry.partition("=")
        if equals:
            found[name] = pathlib.Path(path)
        elif name in SHAPES:
            found[name] = synthetic(name, options)
        else:
            raise Failure(f"--models: found {entry}, where one of {', '.join(SHAPES)}, or NAME=PATH, was expected.")
        if not found[name].is_file():
            raise Failure(f"{found[name]} is no file; give the path of a GGUF file.")
    return found


def synthetic(name, options):
    path = pathlib.Path(options.model_folder) / f"{name}.gguf"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [options.program, "synth", *SHAPES[name], "-o", str(path)]
        if options.vocabulary:
            command += ["--vocabulary", options.vocabulary]
        print(f"Writing {path} …", file=sys.stderr)
        if subprocess.call(command) != 0:
            raise Failure(f"'{' '.join(command)}' failed; see above.")
    return path


def warm(path):
    """Reads the file once, so that it is in the page cache as far as memory allows."""
    with open(path, "rb", buffering=0) as file:
        buffer = bytearray(1 << 24)
        while file.readinto(buffer):
            pass
