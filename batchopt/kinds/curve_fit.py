"""The kind `curve_fit`: rows of the input become data sets, fits become rows of the result table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from batchopt.errors import JobError
from batchopt.inputs import ProblemTable
from batchopt.job import Column, Job, ModelSection, SolverSection
from batchopt.kinds.curve_models import (
    Function,
    JobModel,
    Names,
    check_names,
    declared_parameters,
    job_models,
    natural_order,
    row_model,
)
from batchopt.kinds.curve_table import FitRows, result_columns
from solvers import curve_fit_batch, ragged
from solvers.arrays import Array, IntArray
from solvers.statistics import goodness_of_fit, runs_test

#: Columns of every result table; keys and parameters need other names.
COMMON = ("success", "status", "message", "grade", "flags", "method", "nit", "nfev", "njev", "optimality")
COMMON += ("seconds", "rescued_by", "attempt")


@dataclass(frozen=True)
class CurveFit:
    """A curve-fitting job, resolved against the columns of its input."""

    section: ModelSection
    solver: SolverSection
    y: str
    sigma: str | None
    names: Names
    folder: Path
    models: dict[str, JobModel]  # by label

    @classmethod
    def of(cls, job: Job, columns: Sequence[str]) -> "CurveFit":
        """Resolve a job.

        Raises
        ------
        JobError
            If its model does not fit the input.
        """
        known = Names(tuple(job.input.x), tuple(columns))
        found = job_models(job.model, known, job.folder)
        kind = cls(job.model, job.solver, job.input.y, job.input.sigma, known, job.folder, found)
        if found:
            kind.check()
        taken = {*COMMON, *kind.parameters, *(f"{name}_stderr" for name in kind.parameters)}
        for key in job.input.key:
            if key in taken:
                raise JobError(f"input.key: {key!r} is also a column of the result table; rename it in the input")
        return kind

    def check(self) -> None:
        """Raise JobError for names that the models do not have."""
        check_names(self.section, list(self.models.values()))
        for name in self.parameters:
            if name in COMMON or name.removesuffix("_stderr") in self.parameters and name.endswith("_stderr"):
                raise JobError(f"model: a parameter cannot be called {name!r}, a column of the result table")

    @property
    def parameters(self) -> tuple[str, ...]:
        """Of all models: as the one model orders them, or sorted."""
        if len(self.models) == 1:
            return next(iter(self.models.values())).parameters
        return natural_order([name for model in self.models.values() for name in model.parameters])

    @property
    def points(self) -> Mapping[str, str]:
        """Job field to column: x, y, sigma, and what else the expression reads."""
        fields = {f"input.x[{i}]" if len(self.names.x) > 1 else "input.x": c for i, c in enumerate(self.names.x)}
        fields["input.y"] = self.y
        if self.sigma is not None:
            fields["input.sigma"] = self.sigma
        others = {column for model in self.models.values() for column in model.columns} - set(fields.values())
        return fields | {f"model.expression ({column})": column for column in sorted(others)}

    @property
    def rows(self) -> Mapping[str, str]:
        """Job field to column: starts, fixed values, and the model of each problem."""
        named = {"model.column": self.section.column}
        for field in ("parameters", "start"):
            value = getattr(self.section, field)
            named[f"model.{field}"] = value.column if isinstance(value, Column) else None
        for field in ("start", "fixed"):
            table = getattr(self.section, field)
            for name, value in table.items() if isinstance(table, dict) else ():
                named[f"model.{field}.{name}"] = value.column if isinstance(value, Column) else None
        return {field: column for field, column in named.items() if column is not None}

    @property
    def distinct(self) -> Sequence[str]:
        """The model column, whose models must be known before anything is solved."""
        return () if self.section.column is None else (self.section.column,)

    def informed(self, distinct: Mapping[str, Sequence[Any]]) -> "CurveFit":
        """This kind with the models of the model column."""
        if self.section.column is None:
            return self
        texts = [text for text in distinct[self.section.column] if text is not None]
        if wrong := [text for text in texts if not isinstance(text, str)]:
            raise JobError(f"model.column: {self.section.column!r} holds {wrong[0]!r}; it must hold text")
        kind = replace(self, models={text: row_model(text, self.names) for text in sorted(texts)})
        if kind.models:
            kind.check()
        others = {c for model in kind.models.values() for c in model.columns} - set(kind.names.x)
        if others:
            raise JobError(
                f"model.column: its models also read {', '.join(sorted(others))}; add them to input.x"
            )
        return kind

    def solve(self, table: ProblemTable) -> pa.Table:
        """Fit every problem; a row each, in order, without `seconds` and `attempt`."""
        fits = FitRows(len(table.offsets) - 1, self.parameters)
        for row, why in table.bad.items():
            fits.refuse(row, why)
        for model, rows in self._groups(table, fits):
            self._fit(model, rows, table, fits)
        return pa.table({**dict(zip(table.keys.column_names, table.keys.columns, strict=True)), **result_columns(fits)})

    def _groups(self, table: ProblemTable, fits: FitRows) -> Iterator[tuple[JobModel, IntArray]]:
        """The rows of each model, those without one refused."""
        sound = [row for row in range(fits.size) if row not in table.bad]
        if self.section.column is None:
            yield next(iter(self.models.values())), np.array(sound, dtype=np.int64)
            return
        texts = table.rows[self.section.column].to_pylist()
        orders = [None] * fits.size
        if isinstance(self.section.parameters, Column):
            orders = table.rows[self.section.parameters.column].to_pylist()
        groups: dict[tuple[str, tuple[str, ...] | None], list[int]] = {}
        for row in sound:
            if texts[row] is None:
                fits.refuse(row, f"the model column {self.section.column!r} is null")
            else:
                order = None if orders[row] is None else tuple(orders[row])
                groups.setdefault((texts[row], order), []).append(row)
        for (text, order), rows in groups.items():
            model = self.models[text]
            if order is not None and order != model.parameters:
                if set(order) != set(model.parameters) or len(order) != len(model.parameters):
                    for row in rows:
                        fits.refuse(row, f"parameters {order} are not those of {text!r}, {model.parameters}")
                    continue
                model = _reordered(model, order)
            yield model, np.array(rows, dtype=np.int64)

    def _fit(self, model: JobModel, rows: IntArray, table: ProblemTable, fits: FitRows) -> None:
        """Fit the rows of one model."""
        start, refused = self._start(model, rows, table)
        for i, why in refused.items():
            fits.refuse(int(rows[i]), why)
        kept = np.array([i for i in range(len(rows)) if i not in refused], dtype=np.int64)
        if not len(kept):
            return
        rows = rows[kept]
        points, offsets = ragged.gather(rows, table.offsets)
        x = tuple(np.ascontiguousarray(table.points[column][points]) for column in model.columns)
        y = table.points[self.y][points]
        sigma = None if self.sigma is None else table.points[self.sigma][points]
        fixed = {
            name: _values(value, table, rows)
            for name, value in self.section.fixed.items()
            if name in model.parameters
        }
        fit = curve_fit_batch(
            model.formula.load() if isinstance(model.formula, Function) else model.formula,
            x,
            y,
            None if start is None else start[kept],
            parameters=model.parameters if isinstance(model.formula, Function) else None,
            offsets=offsets,
            sigma=sigma,
            absolute_sigma=self.solver.absolute_sigma,
            bounds=self._bounds(model),
            fixed=fixed,
            method=self.solver.method,
            jac=self.solver.jac if isinstance(model.formula, Function) else None,
            ftol=self.solver.ftol,
            xtol=self.solver.xtol,
            gtol=self.solver.gtol,
            max_nfev=self.solver.max_nfev,
        )
        free = len(model.parameters) - len(fixed)
        # Problems without points have no statistics; the reductions need a point each.
        some = np.flatnonzero(np.diff(offsets) > 0)
        at, edges = ragged.gather(some, offsets)
        goodness = runs = None
        if len(some):
            with np.errstate(all="ignore"):  # bad input may hold anything
                spread = None if sigma is None else sigma[at]
                goodness = goodness_of_fit(fit.residuals[at], y[at], spread, edges, free)
                runs = runs_test(fit.residuals[at], x[0][at], edges)
        fits.add(model, rows, fit, free, some, goodness, runs)

    def _bounds(self, model: JobModel) -> tuple[Array, Array]:
        """The job's bounds over the model's natural ones."""
        natural = getattr(model.formula, "bounds", None) or ((-np.inf, np.inf),) * len(model.parameters)
        pairs = [
            self.section.bounds.get(name, pair) for name, pair in zip(model.parameters, natural, strict=True)
        ]
        lower, upper = np.array(pairs, dtype=float).T
        return lower, upper

    def _start(
        self, model: JobModel, rows: IntArray, table: ProblemTable
    ) -> tuple[Array | None, dict[int, str]]:
        """Starts (b, n) or None for the solver's default; and rows (of b) that have none, and why."""
        start, n = self.section.start, len(model.parameters)
        if isinstance(start, Column):
            lists = table.rows[start.column].take(rows).to_pylist()
            refused = {
                i: f"start column {start.column!r} has {values!r:.80}, {n} numbers are needed"
                for i, values in enumerate(lists)
                if values is None or len(values) != n or None in values
            }
            whole = [np.zeros(n) if i in refused else values for i, values in enumerate(lists)]
            return np.array(whole, dtype=float).reshape(len(rows), n), refused
        given = start if isinstance(start, dict) else {}
        if model.guesses is None and not given:
            return None, {}
        result = np.ones((len(rows), n))
        if model.guesses is not None and set(given) != set(model.parameters) - set(self.section.fixed):
            some = np.flatnonzero(np.diff(table.offsets)[rows] > 0)
            points, offsets = ragged.gather(rows[some], table.offsets)
            x = np.array([table.points[column][points] for column in model.columns])
            lower, upper = self._bounds(model)
            if len(some):
                guess = model.guesses.guess(x, table.points[self.y][points], offsets)
                result[some] = np.clip(guess, lower, upper)
        for name, value in given.items():
            if name in model.parameters:
                result[:, model.parameters.index(name)] = _values(value, table, rows)
        return result, {}


def _values(value: float | Column, table: ProblemTable, rows: IntArray) -> Array:
    """A number for all rows, or each row's own; (b,)."""
    if isinstance(value, Column):
        column = table.rows[value.column].take(rows)
        return np.array([np.nan if v is None else float(v) for v in column.to_pylist()])
    return np.full(len(rows), float(value))


def _reordered(model: JobModel, order: tuple[str, ...]) -> JobModel:
    """A model whose parameters come in another order, as a row's list of names says."""
    if isinstance(model.formula, Function):
        return model
    source = getattr(model.formula, "source", None) or model.formula.expression
    formula = type(model.formula)(source, order, model.formula.variables) if hasattr(model.formula, "source") else model.formula
    return replace(model, formula=formula, parameters=order, guesses=None)


__all__ = ["COMMON", "CurveFit", "declared_parameters"]
