"""llama.cpp as the Python package llama-cpp-python carries it: fetched from PyPI and built for this very processor."""
import pathlib
import re
import subprocess
import sys
import tarfile

VERSION = "0.3.36"
SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
PROGRAMS = ["llama-bench", "llama-batched-bench"]
FLAGS = [
    "-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_SERVER=ON", "-DLLAMA_BUILD_MTMD=ON", "-DLLAMA_BUILD_UI=OFF", "-DLLAMA_CURL=OFF", "-DLLAMA_OPENSSL=OFF",
]


class Failure(Exception):
    """What went wrong, in a sentence."""


def build(given, cache, *programs):
    """The build folder with `programs`: the one that was given, or one under `cache`, made where it is not there yet."""
    programs = programs or PROGRAMS
    if given:
        folder = pathlib.Path(given).resolve()
        if not complete(folder, programs):
            raise Failure(f"{folder}/bin has no {' and '.join(programs)}; build them there, or leave out --peer-build.")
        return folder
    source = cache / f"llama_cpp_python-{VERSION}" / "vendor" / "llama.cpp"
    folder = source / "build"
    if not complete(folder, programs):
        tools = environment(cache)
        if not source.is_dir():
            fetch(tools, cache)
        run([tools / "cmake", "-S", source, "-B", folder, "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={tools / 'ninja'}", *FLAGS])
        run([tools / "cmake", "--build", folder, "--target", *programs])
    return folder


def complete(folder, programs):
    return all((folder / "bin" / program).is_file() for program in programs)


def environment(cache):
    """The programs of a virtual environment with cmake and ninja."""
    folder = cache / "environment"
    tools = folder / "bin"
    if not (tools / "ninja").exists():
        cache.mkdir(parents=True, exist_ok=True)
        run([sys.executable, "-m", "venv", folder])
        run([tools / "pip", "install", "--quiet", "cmake==3.31.*", "ninja==1.11.*"])
    return tools


def fetch(tools, cache):
    """Downloads and unpacks the source distribution."""
    requirement = cache / "requirement.txt"
    requirement.write_text(f"llama-cpp-python=={VERSION} --hash=sha256:{SHA256}\n")
    # pip asks a source distribution for its dependencies even where none are wanted, with what it needs to build.
    run([tools / "pip", "download", "--quiet", "--no-deps", "--no-binary", "llama-cpp-python", "--dest", cache,
         "--requirement", requirement])
    archive = next(cache.glob(f"llama_cpp_python-{VERSION}.tar.gz"), None)
    if archive is None:
        raise Failure(f"pip left no source distribution of llama-cpp-python {VERSION} in {cache}.")
    beside = cache / "unpacking"
    with tarfile.open(archive) as tar:
        # Older releases of Python do not know the filter; the digest above vouches for what is in there.
        tar.extractall(beside, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (beside / f"llama_cpp_python-{VERSION}").rename(cache / f"llama_cpp_python-{VERSION}")
    beside.rmdir()


def run(command):
    command = [str(part) for part in command]
    print("$ " + " ".join(command), file=sys.stderr)
    if subprocess.call(command, stdout=sys.stderr) != 0:
        raise Failure(f"'{' '.join(command)}' failed; see above.")


def description(build):
    """What was built, for the report."""
    cache = (build / "CMakeCache.txt").read_text() if (build / "CMakeCache.txt").exists() else ""
    native = re.search(r"^GGML_NATIVE:BOOL=(\w+)", cache, re.M)
    compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)", cache, re.M)
    return {
        "package": f"llama-cpp-python {VERSION}", "native": native.group(1) if native else "unknown",
        "compiler": compiler.group(1) if compiler else "unknown",
    }
