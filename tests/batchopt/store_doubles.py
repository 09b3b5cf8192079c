"""What the store's tests share: rows to store, receipts for them, and file systems that fail or are fast."""

import pyarrow as pa

from batchopt.store import Files, Receipt, RunDirectory


def rows(start, stop):
    """The right result rows of problems [start, stop)."""
    status = pa.array(["converged" if i % 3 else "stalled" for i in range(start, stop)])
    ids = pa.array(range(start, stop), pa.int64())
    return pa.table(
        {"id": ids, "x": [i / 7 for i in range(start, stop)], "status": status.dictionary_encode()}
    )


def receipt(start, stop, **fields):
    """A receipt for problems [start, stop); its part is the one byte "p" unless told otherwise."""
    stalled = len([i for i in range(start, stop) if i % 3 == 0])
    counts = {"converged": stop - start - stalled, "stalled": stalled}
    defaults = {"part": "p", "rows": stop - start, "bytes": 1, "checksum": "sha256:", "counts": counts}
    defaults |= {"grades": {"ok": stop - start}, "flags": {}, "seconds": 0.5, "attempt": 1}
    return Receipt(start, stop, **(defaults | fields))


def solve(run, start, stop, token, table=None):
    """Do what a worker does, which knows no more of the run than its path."""
    table = rows(start, stop) if table is None else table
    part, size, checksum = RunDirectory(run.path, run.files).write_part(start, stop, token, table)
    return receipt(start, stop, part=part, bytes=size, checksum=checksum)


class Killed(BaseException):
    """The process is dead: nothing after this happens."""


class FaultyFiles(Files):
    """Files whose nth operation fails: `before` its effect, `after` it, or `torn`, leaving half a temporary.

    With `dead` so do all operations after it, as in a process that was killed.
    """

    def __init__(self, nth, how, *, dead=False):
        self.nth, self.how, self.dead, self.calls = nth, how, dead, 0

    def _operation(name):
        def operation(self, path, *data):
            self.calls += 1
            if self.calls < self.nth or (self.calls > self.nth and not self.dead):
                return getattr(Files, name)(self, path, *data)
            if self.calls == self.nth and self.how == "after":
                getattr(Files, name)(self, path, *data)
            if self.calls == self.nth and self.how == "torn" and data:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.with_name(f".{path.name}.torn.tmp").write_bytes(data[0][: len(data[0]) // 2])
            raise Killed if self.dead else OSError(5, "Input/output error", str(path))

        return operation

    write, create, read, exists = map(_operation, ("write", "create", "read", "exists"))
    size, list, remove = map(_operation, ("size", "list", "remove"))


class MemoryFiles(Files):
    """Files in a dictionary, for speed: what it takes to commit."""

    def __init__(self, **data):
        self.data = data

    def create(self, path, data):
        return self.data.setdefault(path, data) is data

    def read(self, path):
        return self.data[path]

    def size(self, path):
        return len(self.data[path]) if path in self.data else None

    def list(self, directory):
        return [path.name for path in self.data if path.parent == directory]
