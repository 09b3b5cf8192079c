"""Tables of problems: found, checked and planned by the driver, read by the workers."""

from batchopt.inputs.duplicates import duplicate_keys, how_many_buckets
from batchopt.inputs.footers import Statistics
from batchopt.inputs.problems import ProblemTable
from batchopt.inputs.read import UnitIndex, index_unit, read_problems
from batchopt.inputs.regroup import regroup
from batchopt.inputs.source import Layout, Source, SourceFile, column_names, open_source
from batchopt.inputs.units import Unit, narrow, plan_units

__all__ = [
    "Layout",
    "ProblemTable",
    "Source",
    "SourceFile",
    "Statistics",
    "Unit",
    "UnitIndex",
    "column_names",
    "duplicate_keys",
    "how_many_buckets",
    "index_unit",
    "narrow",
    "open_source",
    "plan_units",
    "read_problems",
    "regroup",
]
