"""The servers, started and ended."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def isobath(program, options, *further):
    """The command of Isobath's server at a port."""
    return lambda port: [
        program, "serve", "model=" + options.model, "--port", port, "--slots", options.streams, "--queue", 4096,
        "--threads", options.threads, "--cache-type", options.cache_type, "--context", options.context, "--no-page",
        "--log-level", "error", *further]


def llama(program, options):
    """The command of llama.cpp's server: a slot for each stream, one pool of keys and values for all."""
    return lambda port: [
        program, "--model", options.model, "--alias", "model", "--port", port, "--parallel", options.streams,
        "--ctx-size", options.context * options.streams, "--threads", options.threads, "--threads-batch",
        options.threads, "--cache-type-k", options.cache_type, "--cache-type-v", options.cache_type,
        "--flash-attn", options.flash_attention, "--no-ui", "--log-disable"]


@contextlib.contextmanager
def running(command, patience=600):
    """Runs a server for as long as the body lasts; gives its port and process."""
    port = free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([str(part) for part in command(port)], stdout=log, stderr=log)
        try:
            wait(process, port, log, patience)
            yield port, process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait(process, port, log, patience):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if process.poll() is not None:
            log.seek(0)
            raise SystemExit(f"'{process.args[0]}' ended with {process.returncode}:\n{log.read().decode()[-2000:]}")
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).status == 200:
                return
        time.sleep(0.05)
    raise SystemExit(f"'{process.args[0]}' was not ready after {patience} s.")


def resident_bytes(process):
    """What the process has in memory and nobody else; files that are mapped are left out."""
    fields = pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")
