"""One Python tool on one graph: prints what it took as JSON, and leaves its scores beside the graph."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

DAMPING = 0.85
ITERATIONS = 20
# Where tools iterate until they are done: L1 change (networkit: L2), as small as the others' to be comparable.
TOLERANCE = 1e-6


def read(folder: Path):
    users = int((folder / "users").read_text())
    column = lambda name, kind: np.fromfile(folder / name, dtype=kind)
    weight = column("weight.u16", "<u2").astype(np.float64) / 10_000
    return users, column("from.u32", "<u4"), column("to.u32", "<u4"), weight


def scipy(users, source, target, weight):
    """Twenty weighted iterations in single precision: what reaches whom is one sparse product."""
    from scipy.sparse import csr_matrix

    started = time.perf_counter()
    flow = csr_matrix((weight.astype(np.float32), (target, source)), shape=(users, users))
    given = np.bincount(source, weights=weight, minlength=users).astype(np.float32)
    built = time.perf_counter()
    share = np.divide(1, given, out=np.zeros_like(given), where=given > 0)
    lost = given == 0
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        scores = np.full(users, 1 / users, dtype=np.float32)
        for _ in range(ITERATIONS):
            spring = (1 - DAMPING + DAMPING * scores[lost].sum(dtype=np.float64)) / users
            scores = np.float32(DAMPING) * (flow @ (scores * share)) + np.float32(spring)
        times.append(time.perf_counter() - begun)
    return built - started, sorted(times)[1], scores


def networkit(users, source, target, weight):
    import networkit as nk
    from scipy.sparse import coo_matrix

    started = time.perf_counter()
    graph = nk.GraphFromCoo(coo_matrix((weight, (source, target)), shape=(users, users)), users, weighted=True, directed=True)
    built = time.perf_counter()
    rank = nk.centrality.PageRank(graph, DAMPING, TOLERANCE)
    rank.run()
    return built - started, time.perf_counter() - built, rank.scores()


def igraph(users, source, target, weight):
    import igraph as ig

    started = time.perf_counter()
    pairs = np.column_stack([source, target]).tolist()
    graph = ig.Graph(n=users, edges=pairs, directed=True, edge_attrs={"weight": weight.tolist()})
    built = time.perf_counter()
    scores = graph.pagerank(damping=DAMPING, weights="weight", implementation="prpack")
    return built - started, time.perf_counter() - built, scores


def rustworkx(users, source, target, weight):
    import rustworkx as rx

    started = time.perf_counter()
    graph = rx.PyDiGraph()
    graph.add_nodes_from(range(users))
    graph.add_edges_from(list(zip(source.tolist(), target.tolist(), weight.tolist())))
    built = time.perf_counter()
    scores = rx.pagerank(graph, alpha=DAMPING, weight_fn=float, tol=TOLERANCE)
    took = time.perf_counter() - built
    return built - started, took, [scores[user] for user in range(users)]


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    tools = {"scipy": scipy, "networkit": networkit, "igraph": igraph, "rustworkx": rustworkx}
    build, propagate, scores = tools[name](*read(folder))
    np.asarray(scores, dtype="<f8").tofile(folder / f"{name}.f64")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"build_s": build, "propagate_s": propagate, "rss_bytes": memory}))


if __name__ == "__main__":
    main()
