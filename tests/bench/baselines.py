"""The baselines: bench-proxy in its modes, and bench-nats over a nats-server of its own."""
import json
import os
import socket
import subprocess
import time

from world import Failed, free_port

PROXY_MODES = {"proxy": "plain", "curve": "curve", "curve-framed": "curve-framed"}
CLIENT_PROCESSES_MAX = 2  # as many as threads encrypt for the consumers of `steelyard bench run`


def _run(command, seconds):
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 90, check=False)
    if done.returncode != 0:
        raise Failed(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.strip()}")
    try:
        return json.loads(done.stdout)
    except ValueError as why:
        raise Failed(f"`{' '.join(command)}` printed no JSON: {done.stdout[:200]!r}") from why


def _connects(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _with_nats_server(directory, use):
    port = free_port()
    log = os.path.join(directory, "nats-server.log")
    server = subprocess.Popen(["nats-server", "-a", "127.0.0.1", "-p", str(port), "-l", log],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        until = time.monotonic() + 20
        while not _connects(port):
            if server.poll() is not None or time.monotonic() > until:
                raise Failed(f"nats-server did not come up: see {log}")
            time.sleep(0.02)
        return use(port, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)


def measure(binaries, directory, system, shape, seconds, warmup):
    window = shape["window"]
    window = (window + shape.get("window_max", window)) // 2  # the mean; the baselines know one window
    options = ["--clients", shape["clients"], "--owners", shape["owners"], "--client-processes",
               min(shape["clients"], CLIENT_PROCESSES_MAX), "--owner-processes", shape["owners"], "--window", window,
               "--seconds", seconds, "--warmup", warmup]
    options = [str(option) for option in options]
    if system == "nats":
        def use(port, pid):
            return _run([f"{binaries}/bench-nats", "--url", f"nats://127.0.0.1:{port}", "--server-pid", str(pid),
                         *options], seconds + warmup)
        said = _with_nats_server(directory, use)
    else:
        said = _run([f"{binaries}/bench-proxy", "--mode", PROXY_MODES[system], *options], seconds + warmup)
    if said["exchanges"] == 0:
        raise Failed(f"{system}: no exchange in {seconds} s")
    cpu = said["cpu_us_per_exchange"]
    return {"exchanges_per_s": said["exchanges_per_s"], "p50_us": said["p50_us"], "p99_us": said["p99_us"],
            "cpu_us": cpu["total"], "cpu_us_consumers": cpu["clients"], "cpu_us_broker": cpu["broker"],
            "cpu_us_owners": cpu["owners"], "peak_bytes": said["peak_rss_bytes"]["total"],
            "peak_bytes_broker": said["peak_rss_bytes"]["broker"]}
