"""Execute the statements on stdin, each a line of JSON, with DuckDB alone, and print a line for each: its error or its rows.

The path of the database is the argument. An older DuckDB runs this file, so it imports nothing else. It must not be imported.
"""

import hashlib
import json
import resource
import sys

import duckdb

SECONDS = 60  # of processor time that a statement may take; the process ends with SIGXCPU
MEMORY = 4 << 30  # bytes of the process; DuckDB's memory_limit does not count what it needs to plan a statement

resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
con = duckdb.connect(sys.argv[1], read_only=True)
con.execute("set TimeZone = 'UTC'; set enable_progress_bar = false; set memory_limit = '1GB'; set threads = 1")
for line in sys.stdin:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + SECONDS + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    try:
        rows = con.execute(json.loads(line)).fetchall()
    except (duckdb.Error, MemoryError) as error:
        answer = {"error": str(error).split("\n")[0] or type(error).__name__}
    else:
        texts = sorted(json.dumps(row, default=str) for row in rows)
        answer = {"rows": len(rows), "digest": hashlib.sha256("\n".join(texts).encode()).hexdigest()}
    print(json.dumps(answer), flush=True)
