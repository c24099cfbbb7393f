"""The table: times as multiples of ours, and how far results agree."""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

# With which of our results a tool's are compared: weighted to the end, weighted after 20 iterations, weighted from few seeds, or unweighted.
COMPARED = {"graph": "ours-alike", "scipy": "ours-20", "eigentrust": "ours-seeds"}


def scores(folder: Path, name: str):
    """Everybody's score, in sum 1. Who has the largest numbers and no edge is unknown to the `graph` crate: the least score."""
    values = np.fromfile(folder / f"{name}.f64", dtype="<f8")
    unknown = int((folder / "users").read_text()) - len(values)
    values = np.pad(values, (0, unknown), constant_values=values.min())
    return values / values.sum()


def agreement(folder: Path, tool: str) -> tuple[float, float]:
    """Spearman's rank correlation, and the largest difference as a share of the largest score. Scores that agree to
    six digits of the least one count as equal."""
    ours, theirs = scores(folder, COMPARED.get(tool, "ours")), scores(folder, tool)
    step = 1e-6 / len(ours)
    ranks = [rankdata(np.round(values / step)) for values in (ours, theirs)]
    return float(np.corrcoef(*ranks)[0, 1]), float(np.abs(ours - theirs).max() / ours.max())


def row(cells) -> str:
    return "| " + " | ".join(cells) + " |"


def standings(made: Path, name: str, results: dict) -> None:
    ours = results["ours"]
    both = ours["build_s"] + ours["propagate_s"]
    print(f"\n### {name}: {ours['users']:,} people, {ours['edges']:,} edges\n")
    print(row(["tool", "build", "propagation", "both", "rank correlation", "largest difference"]))
    print("|---|---:|---:|---:|---:|---:|")
    print(row(["signal (seconds)", f"{ours['build_s']:.3f}", f"{ours['propagate_s']:.3f}", f"{both:.3f}", "", ""]))
    for tool, result in results.items():
        if tool in ("ours", "changes", "postgresql"):
            continue
        if "failed" in result:
            print(row([tool, result["failed"], "", "", "", ""]))
            continue
        whole = result.get("whole_s", result.get("build_s", 0) + result.get("propagate_s", 0))
        times = [
            f"× {result['build_s'] / ours['build_s']:.2f}" if "build_s" in result else "",
            # Tools that iterate to the end are compared with us iterating to the end.
            f"× {result['propagate_s'] / ours[against(tool)]:.2f}" if "propagate_s" in result else "",
            f"× {whole / (ours['build_s'] + ours[against(tool)]):.2f}",
        ]
        rank, largest = agreement(made / name, tool)
        print(row([tool, *times, f"{rank:.6f}", f"{largest:.1e}"]))
    sorted_s = results.get("graph", {}).get("build_sorted_s")
    if sorted_s:
        print(f"\nThe `graph` crate with sorted rows, as ours are: build × {sorted_s / ours['build_s']:.2f}.")


def against(tool: str) -> str:
    return "propagate_s" if tool in ("graph", "scipy", "eigentrust") else "settled_s"


def questions(results: dict) -> None:
    ours, changes = results["ours"], results["changes"]
    print()
    print(f"- graph {ours['graph_bytes'] / 2**20:.0f} MiB; settled after {ours['settled_iterations']} iterations")
    print(f"- path µs: p50 {ours['path_us']['p50']:.1f}, p99 {ours['path_us']['p99']:.1f}")
    print(f"- reach µs: p50 {ours['reach_us']['p50']:.1f}, p99 {ours['reach_us']['p99']:.1f}; "
          f"{ours['reach_complete']} of {ours['reach_asked']} complete")
    if "failed" in changes:
        print(f"- changes: {changes['failed']}")
    else:
        update, again = changes["update_us"], 1e6 * changes["recompute_s"]
        print(f"- changes µs: p50 {update['p50']:.1f}, p99 {update['p99']:.1f}; p50 is {again / update['p50']:,.0f} times, "
              f"with its share of the settling {again / changes['with_settling_us']:,.0f} times faster than computing anew "
              f"({changes['recompute_s']:.2f} s)")
        worst = max(sample["off"] for sample in changes["sampled"])
        print(f"- after {changes['changes']:,} changes: L1 error {changes['l1_error']:.1e}; "
              f"{len(changes['sampled'])} sampled changes are off by at most {worst:.2%} of their own effect")
    sql = results.get("postgresql")
    if sql and "failed" not in sql:
        print(f"- recursive SQL: median {sql['reach_s']:.2f} s, × {sql['reach_s'] / ours['shared_reach_s']:,.0f}; "
              f"the same top 50 for {sql['same_top_50']} of {sql['asked']} people")
    elif sql:
        print(f"- recursive SQL: {sql['failed']}")


def main() -> None:
    made = Path(sys.argv[1])
    for name, results in json.loads((made / "results.json").read_text()).items():
        standings(made, name, results)
        questions(results)


if __name__ == "__main__":
    main()
