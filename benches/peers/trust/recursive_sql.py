"""Three hops of trust by recursive SQL, on a PostgreSQL cluster that lives as long as this program."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg

# Every path of at most three edges, the best product for each person: exact, because numeric is.
QUERY = """
WITH RECURSIVE trust_network AS (
    SELECT trustee, weight::numeric AS trust, 1 AS depth FROM trust WHERE truster = %(user)s
    UNION ALL
    SELECT t.trustee, n.trust * t.weight::numeric, n.depth + 1
    FROM trust_network n JOIN trust t ON t.truster = n.trustee
    WHERE n.depth < 3
)
SELECT trustee, max(trust) FROM trust_network WHERE trustee <> %(user)s
GROUP BY trustee ORDER BY 2 DESC, 1 LIMIT 50
"""


def main() -> None:
    folder = Path(sys.argv[1])
    asked = json.loads((folder / "reach.json").read_text())
    with cluster() as socket, psycopg.connect(host=socket, dbname="postgres", user="peers", autocommit=True) as db:
        build = load(db, folder)
        times, same = [], 0
        for question in asked:
            started = time.perf_counter()
            rows = db.execute(QUERY, {"user": question["user"]}).fetchall()
            times.append(time.perf_counter() - started)
            found = [[user, int(trust * 10**16)] for user, trust in rows]
            same += found == question["reached"]
    times.sort()
    print(json.dumps({
        "build_s": build, "reach_s": times[len(times) // 2], "slowest_s": times[-1], "asked": len(asked), "same_top_50": same,
    }))


def load(db, folder: Path) -> float:
    columns = [np.fromfile(folder / name, dtype=kind).tolist()
               for name, kind in (("from.u32", "<u4"), ("to.u32", "<u4"), ("weight.u16", "<u2"))]
    started = time.perf_counter()
    db.execute("CREATE TABLE trust (truster int NOT NULL, trustee int NOT NULL, weight numeric(3, 2) NOT NULL)")
    with db.cursor().copy("COPY trust FROM STDIN") as copy:
        copy.write("".join(f"{a}\t{b}\t{w / 10_000:.2f}\n" for a, b, w in zip(*columns)))
    db.execute("ALTER TABLE trust ADD PRIMARY KEY (truster, trustee)")
    db.execute("ANALYZE trust")
    return time.perf_counter() - started


@contextmanager
def cluster():
    """A throw-away cluster that listens on a socket in its own folder only. PostgreSQL refuses to run as root: then it runs as
    the user postgres, or nobody."""
    folder = Path(tempfile.mkdtemp(prefix="peers-"))
    start = []
    if os.getuid() == 0:
        import pwd

        names = {entry.pw_name for entry in pwd.getpwall()}
        owner = "postgres" if "postgres" in names else "nobody"
        shutil.chown(folder, owner)
        start = ["runuser", "-u", owner, "--"]
    quietly = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    control = [*start, program("pg_ctl"), "-D", folder / "data", "-w", "-s"]
    settings = f"-k {folder} -c listen_addresses='' -c shared_buffers=1GB -c work_mem=256MB -c fsync=off"
    try:
        subprocess.run([*start, program("initdb"), "-D", folder / "data", "-U", "peers", "-A", "trust"], **quietly)
        subprocess.run([*control, "-o", settings, "-l", folder / "log", "start"], **quietly)
        try:
            yield str(folder)
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quietly)
    finally:
        shutil.rmtree(folder)


def program(name: str) -> str:
    """A PostgreSQL program: on the path, or where Debian puts the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    return shutil.which(name) or (str(found[-1]) if found else sys.exit(f"{name} of PostgreSQL is missing"))


if __name__ == "__main__":
    main()
