"""Factors of the same plays by Signal, implicit and SciPy, in one run.

Usage: als.py SIGNAL [--users N] [--items N] [--plays N] [--factors N] [--iterations N] [--threads N]
SIGNAL is the program that this folder builds. Each program runs in a process of its own, so that its peak memory is
its own; the loss of all of them is computed here, in double precision, from the factors that they wrote.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

# Confidence of a play and ridge, as implicit has them: loss = sum over plays c (1 - xy)^2 + sum over others (xy)^2 + r |.|^2.
CONFIDENCE, RIDGE = 11.0, 10.0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("signal")
    for name, value in dict(users=100_000, items=20_000, plays=50, factors=64, iterations=10, threads=2).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def draw(args):
    """Plays with some taste in them: each person has three of fifty scenes; artists are popular by 1/rank."""
    import numpy as np

    dice = np.random.default_rng(7)
    scenes = dice.integers(0, 50, size=(args.users, 3))
    of = scenes[np.arange(args.users)[:, None], dice.integers(0, 3, size=(args.users, args.plays))]
    size = args.items // 50
    rank = np.minimum((size ** dice.random(of.shape)).astype(np.int64) - 1, size - 1)
    items = of + 50 * rank
    everywhere = dice.random(of.shape) < 0.2
    items[everywhere] = dice.integers(0, args.items, size=int(everywhere.sum()))
    users = np.repeat(np.arange(args.users, dtype=np.int64), args.plays)
    pairs = np.unique(users * args.items + items.ravel())
    return np.stack([pairs // args.items, pairs % args.items], axis=1).astype("<u4")


def matrix(args):
    import numpy as np
    import scipy.sparse

    pairs = np.fromfile(os.path.join(args.folder, "plays"), dtype="<u4").reshape(-1, 2)
    cells = np.full(len(pairs), CONFIDENCE, dtype=np.float32)
    return scipy.sparse.csr_matrix((cells, (pairs[:, 0], pairs[:, 1])), shape=(args.users, args.items))


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def by_implicit(args):
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    plays = matrix(args)
    with threadpool_limits(1, "blas"):  # as implicit itself asks for: its threads are its own
        model = AlternatingLeastSquares(
            factors=args.factors, regularization=RIDGE, alpha=1.0, iterations=args.iterations,
            num_threads=args.threads, random_state=1, calculate_training_loss=False)
        start = time.perf_counter()
        model.fit(plays, show_progress=False)
        fit = time.perf_counter() - start
    return model.user_factors, model.item_factors, fit


def by_scipy(args):
    """The textbook: one round with a dense solve a row."""
    import numpy as np
    import scipy.linalg
    from threadpoolctl import threadpool_limits

    plays = matrix(args)
    other = plays.T.tocsr()
    dice = np.random.default_rng(1)
    items = dice.random((args.items, args.factors), dtype=np.float32) * 0.01
    users = np.zeros((args.users, args.factors), dtype=np.float32)
    eye = RIDGE * np.eye(args.factors, dtype=np.float32)

    def half(rows, to, table):
        common = table.T @ table + eye
        for row in range(rows.shape[0]):
            seen = table[rows.indices[rows.indptr[row]:rows.indptr[row + 1]]]
            left = common + (CONFIDENCE - 1) * seen.T @ seen
            to[row] = scipy.linalg.solve(left, CONFIDENCE * seen.sum(0), assume_a="pos", check_finite=False)

    with threadpool_limits(args.threads, "blas"):
        start = time.perf_counter()
        half(plays, users, items)
        half(other, items, users)
        return users, items, time.perf_counter() - start


def loss(args, users, items):
    import numpy as np

    users, items = users.astype(np.float64), items.astype(np.float64)
    pairs = np.fromfile(os.path.join(args.folder, "plays"), dtype="<u4").reshape(-1, 2)
    said = np.concatenate([np.einsum("ij,ij->i", users[p[:, 0]], items[p[:, 1]]) for p in np.array_split(pairs, 50)])
    total = np.sum((users.T @ users) * (items.T @ items))
    total += np.sum(CONFIDENCE * (1 - said) ** 2 - said ** 2)
    return total + RIDGE * (np.sum(users ** 2) + np.sum(items ** 2))


def alone(args):
    import numpy as np

    users, items, fit = {"implicit": by_implicit, "scipy": by_scipy}[args.only](args)
    np.concatenate([users.ravel(), items.ravel()]).astype("<f4").tofile(os.path.join(args.folder, "factors"))
    rounds = 1 if args.only == "scipy" else args.iterations
    print(json.dumps({"fit_s": fit, "rounds": rounds, "peak_bytes": peak(), "threads": args.threads}))


def ask(args, who, command, rounds):
    import numpy as np

    environment = dict(os.environ, RAYON_NUM_THREADS=str(args.threads), OPENBLAS_NUM_THREADS="1",
                       OMP_NUM_THREADS=str(args.threads), MKL_NUM_THREADS="1")
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, env=environment).stdout)
    numbers = np.fromfile(os.path.join(args.folder, "factors"), dtype="<f4").reshape(-1, args.factors)
    users, items = numbers[:args.users], numbers[args.users:]
    if who == "signal":
        # Its targets are 1 at weight c - 1 beside all; theirs amount to c / (c - 1): the same optimum, in other units.
        scale = np.sqrt(CONFIDENCE / (CONFIDENCE - 1))
        users, items = users * scale, items * scale
    answer["loss"] = loss(args, users, items)
    answer["round_s"] = answer["fit_s"] / answer.get("rounds", rounds)
    return answer


def main():
    args = arguments()
    if args.only:
        return alone(args)
    with tempfile.TemporaryDirectory() as folder:
        args.folder = folder
        pairs = draw(args)
        pairs.tofile(os.path.join(folder, "plays"))
        print(f"{args.users} people, {args.items} artists, {len(pairs)} plays, {args.factors} factors, {args.threads} threads")
        ridge = RIDGE * (CONFIDENCE - 1) / CONFIDENCE
        ours = [args.signal, os.path.join(folder, "plays"), args.users, args.items, args.factors, args.iterations, 3,
                1.0, CONFIDENCE - 1, ridge, os.path.join(folder, "factors")]
        theirs = [sys.executable, __file__, *sys.argv[1:], "--folder", folder, "--only"]
        rows = {"signal": ask(args, "signal", [str(word) for word in ours], args.iterations)}
        for who in ["implicit", "scipy"]:
            rows[who] = ask(args, who, [*theirs, who], args.iterations)
        print(f"{'':10}{'s a round':>12}{'loss':>16}{'peak MiB':>12}")
        for who, row in rows.items():
            print(f"{who:10}{row['round_s']:12.3f}{row['loss']:16.6g}{row['peak_bytes'] / 2**20:12.0f}")
        print(f"signal folds one person in within {rows['signal']['fold_in_us']:.0f} µs")


if __name__ == "__main__":
    main()
