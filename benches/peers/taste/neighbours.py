"""The nearest of the same vectors by NumPy, usearch, two Rust crates and Signal, in one run.

    python neighbours.py --vectors 100000 --data clustered

Needs `neighbours.requirements.txt` and cargo. Prints one table; README.md says what its columns are.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from usearch.index import Index, MetricKind, ScalarKind

HERE = Path(__file__).parent / "neighbours"
NEAREST = 20
LINKS, BUILD_BEAM = 16, 128
BEAMS = [64, 96, 128, 192, 256, 384]


def rust(*words: object) -> list[dict]:
    """Runs the Rust half and reads its lines."""
    command = ["cargo", "run", "--release", "--quiet", "--locked", "--manifest-path", HERE / "Cargo.toml", "--"]
    out = subprocess.run([*command, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def report(name: str, beam: int, build_s: float, ask, questions: np.ndarray, truth: np.ndarray) -> dict:
    """Asks each question by itself."""
    seconds, found = [], 0
    for question, true in zip(questions, truth):
        start = time.perf_counter()
        near = ask(question)
        seconds.append(time.perf_counter() - start)
        found += len(set(map(int, near)) & set(map(int, true)))
    p50, p99 = np.percentile(seconds, [50, 99]) * 1e6
    recall = found / truth.size
    return {"name": name, "beam": beam, "build_s": build_s, "recall_at_20": recall, "query_us": {"p50": p50, "p99": p99}}


def exact(vectors: np.ndarray, questions: np.ndarray) -> np.ndarray:
    """The true nearest, in portions that fit."""
    parts = []
    for portion in np.array_split(questions, max(1, len(questions) * len(vectors) // 50_000_000)):
        cosines = portion @ vectors.T
        parts.append(np.argpartition(-cosines, NEAREST, axis=1)[:, :NEAREST])
    return np.concatenate(parts).astype("<u4")


def numpy_exact(vectors: np.ndarray, questions: np.ndarray, truth: np.ndarray) -> list[dict]:
    def ask(question: np.ndarray) -> np.ndarray:
        return np.argpartition(-(vectors @ question), NEAREST)[:NEAREST]

    return [report("numpy exact", 0, 0.0, ask, questions, truth)]


def usearch(kind: str, vectors: np.ndarray, questions: np.ndarray, truth: np.ndarray, threads: int) -> list[dict]:
    dtype = {"f32": ScalarKind.F32, "i8": ScalarKind.I8}[kind]
    index = Index(
        ndim=vectors.shape[1], metric=MetricKind.Cos, dtype=dtype, connectivity=LINKS, expansion_add=BUILD_BEAM
    )
    start = time.perf_counter()
    index.add(np.arange(len(vectors)), vectors, threads=threads)
    build_s = time.perf_counter() - start
    rows = []
    for beam in BEAMS:
        index.expansion_search = beam
        ask = lambda question: index.search(question, NEAREST, threads=1).keys
        rows.append(report(f"usearch {kind}", beam, build_s, ask, questions, truth))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", choices=["clustered", "uniform"], default="clustered")
    parser.add_argument("--only", nargs="+", help="names of the programs to run, in place of all")
    args = parser.parse_args()
    threads = os.cpu_count() or 1
    names = args.only or [
        "numpy exact", "signal exact", "usearch f32", "signal", "usearch i8", "hnsw_rs", "instant-distance",
    ]
    with tempfile.TemporaryDirectory() as folder:
        rust("draw", folder, args.vectors, args.dim, args.seed, args.data)
        read = lambda file: np.fromfile(Path(folder) / file, "<f4").reshape(-1, args.dim)
        vectors, questions = read("vectors.f32"), read("questions.f32")
        truth = exact(vectors, questions)
        truth.tofile(Path(folder) / "truth.u32")
        print(f"{args.vectors} {args.data} vectors of {args.dim} numbers, {threads} threads to build with, 1 to ask")
        print(f"{'':18}{'beam':>6}{'build s':>9}{'recall@20':>11}{'p50 µs':>9}{'p99 µs':>9}")
        for name in names:
            program, _, kind = name.partition(" ")
            if program == "numpy":
                rows = numpy_exact(vectors, questions, truth)
            elif program == "usearch":
                rows = usearch(kind, vectors, questions, truth, threads)
            else:
                beams = [256] if name == "instant-distance" else BEAMS
                rows = rust("measure", folder, args.dim, name, *beams)
            for row in rows:
                times = row["query_us"]
                print(
                    f"{row['name']:18}{row['beam'] or '':>6}{row['build_s']:9.1f}{row['recall_at_20']:11.4f}"
                    f"{times['p50']:9.0f}{times['p99']:9.0f}",
                    flush=True,
                )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"this driver at most {peak // 1024} MiB", file=sys.stderr)


if __name__ == "__main__":
    main()
