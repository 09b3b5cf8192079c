"""The truth about a run: its directory, the receipts of its chunks, and the lease of its one driver."""

from batchopt.store.files import Files
from batchopt.store.lease import Driver, Lease, is_driven
from batchopt.store.receipt import Receipt, chunk_name
from batchopt.store.run_directory import RunDirectory, new_run_id

__all__ = ["Driver", "Files", "Lease", "Receipt", "RunDirectory", "chunk_name", "is_driven", "new_run_id"]
