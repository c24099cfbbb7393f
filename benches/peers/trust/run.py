#!/usr/bin/env python3
"""Trust graphs side by side: one command, the same graphs for all, one table.

Needs cargo, Python 3.10 or newer and PostgreSQL's programs (Debian: postgresql). Everything it makes lies under target/peers.
"""

import argparse
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
MADE = HERE.parents[2] / "target" / "peers"
PYTHON = MADE / "venv" / "bin" / "python"
RUST = MADE / "release" / "trust-peers"
# Name, people, edges drawn. Edges drawn twice count once, so that fewer are left.
GRAPHS = {"G17": (1 << 17, 20 << 17), "G20": (1 << 20, 50 << 20)}
SEED = 1
# Tools that take minutes or tens of gigabytes on the larger graph run on the smaller one alone.
TOOLS = {
    "G17": ["graph", "eigentrust", "scipy", "networkit", "igraph", "rustworkx"],
    "G20": ["graph", "eigentrust", "scipy"],
}
# What one tool may take before it is stopped.
SECONDS = 240
BYTES = 12 << 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--graphs", nargs="+", choices=GRAPHS, default=list(GRAPHS))
    parser.add_argument("--no-sql", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--prepare", action="store_true", help="install, build and draw the graphs; measure nothing")
    options = parser.parse_args()
    prepare(options.graphs)
    if options.prepare:
        return
    results = {name: measure(name, sql=name == "G17" and not options.no_sql) for name in options.graphs}
    (MADE / "results.json").write_text(json.dumps(results, indent=1))
    subprocess.run([PYTHON, HERE / "table.py", MADE], check=True)


def prepare(graphs: list[str]) -> None:
    """Installs the pinned peers, builds the Rust ones, and draws the graphs that are not there yet."""
    pinned = (HERE / "requirements.txt").read_text()
    marker = MADE / "venv" / "installed"
    if not marker.exists() or marker.read_text() != pinned:
        venv.create(MADE / "venv", with_pip=True, clear=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        marker.write_text(pinned)
    manifest = HERE / "Cargo.toml"
    subprocess.run(
        ["cargo", "build", "--release", "--locked", "--manifest-path", manifest, "--target-dir", MADE], check=True
    )
    for name in graphs:
        users, draws = GRAPHS[name]
        if not (MADE / name / "users").exists():
            ask([RUST, "generate", MADE / name, str(users), str(draws), str(SEED)])


def measure(name: str, sql: bool) -> dict[str, dict]:
    """Runs every tool on one graph, each in a process of its own."""
    folder = MADE / name
    results = {"ours": ask([RUST, "ours", folder]), "changes": ask([RUST, "changes", folder])}
    for tool in TOOLS[name]:
        rust = tool in ("graph", "eigentrust")
        results[tool] = ask([RUST, tool, folder] if rust else [PYTHON, HERE / "python_tools.py", tool, folder])
    if sql:
        results["postgresql"] = ask([PYTHON, HERE / "recursive_sql.py", folder])
    return results


def ask(command: list) -> dict:
    """The JSON that a tool prints; what went wrong where it failed, was too slow or too large."""
    words = [str(word) for word in command]
    print("..", Path(words[0]).name, *words[1:], file=sys.stderr, flush=True)
    limit = ["prlimit", f"--as={BYTES}"] if "recursive_sql" not in words[1] else []
    try:
        done = subprocess.run(limit + words, capture_output=True, text=True, timeout=SECONDS, env=environment())
    except subprocess.TimeoutExpired:
        return {"failed": f"stopped after {SECONDS} s"}
    if done.returncode != 0:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(done.stdout)


def environment() -> dict[str, str]:
    """All tools may use all cores, and no more."""
    cores = str(os.cpu_count())
    return {**os.environ, "OMP_NUM_THREADS": cores, "RAYON_NUM_THREADS": cores}


if __name__ == "__main__":
    main()
