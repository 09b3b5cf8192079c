"""Methods that are coroutines, compiled once each: `begin` sets one going, `resume` lets it go on."""

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.row import Layout
from solvers.kernels import cache
from solvers.status import Status


@dataclass(frozen=True)
class Method:
    """An algorithm, and what there is to know of it."""

    #: As SciPy calls it.
    name: str
    #: ``(row, options) -> kinds of what it asks for``.
    coroutine: Callable[..., Iterator[int]]
    #: A NamedTuple of numbers, with their defaults.
    options: type
    #: The kinds of what it asks for, summed.
    asks: int
    #: Those of them that the user must give; others can be made by differences or built up.
    requires: int = field(default=0, kw_only=True)
    #: How many numbers it needs to work in, from n and m.
    room: Callable[[int, int], int]
    #: What lies first in its room, and is left behind, by SciPy's names: shapes from n and m.
    keeps: Mapping[str, Callable[[int, int], tuple[int, ...]]] = field(default_factory=dict)
    #: What SciPy's result says of what is kept, where that is something else.
    reports: Callable[[dict[str, Array]], dict[str, Any]] | None = None
    #: SciPy's names of options that are arrays, and what is kept under which name; ``options.given`` says so.
    takes: Mapping[str, str] = field(default_factory=dict)
    #: Options that are words, and the numbers that stand for them.
    choices: Mapping[str, Mapping[Any, float]] = field(default_factory=dict)
    #: The options that SciPy's ``tol`` stands for.
    tol: tuple[str, ...] = ()
    #: The options that are infinite, so that their tests are none, where ``tol`` is given.
    lifted: tuple[str, ...] = ()
    #: Raises ValueError where options, or what the method begins with, make no sense.
    check: Callable[[Any, Mapping[str, Any]], None] | None = None
    #: How SciPy says that it ended: its number and its message.
    endings: Mapping[Status, tuple[int, str]] = field(default_factory=dict)
    #: The same where one `Status` stands for several of SciPy's, by ``numbers[DETAIL]``.
    details: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    #: "module:name" of the sizes of what it hands over to; their states are in ``row.frames``.
    delegates: tuple[str, ...] = ()
    #: Whether it keeps to bounds, and takes constraints.
    bounds: bool = False
    constraints: bool = False
    #: Of systems, whether there may be more equations than unknowns.
    overdetermined: bool = False
    #: Whether SciPy's method knows the option ``return_all``.
    returns_all: bool = True
    #: Makes it anew for options that say how much room it needs; raises ValueError where they make no sense.
    fitted: Callable[[Any], "Method"] | None = None

    @functools.cached_property
    def compiled(self) -> Any:
        """The module of its ``begin``, ``resume`` and ``measure``, each of ``(plan, memory)``.

        And of ``begin_all`` and ``resume_all``, of ``(plan, memory (B, size), slots (b,), asked (b,))``.
        """
        return cache.build(_source(self.coroutine, self.options, self.delegates), imports=("**/*.py",))

    def layout(self, n: int, m: int = 0) -> Layout:
        """Lay out a problem of n unknowns and m constraints or equations."""
        if (n, m) not in self._layouts:
            room = self.keeping(n, m) + self.room(n, m)
            self._layouts[n, m] = Layout.of(self._sizes, n, m, room, self.asks)
        return self._layouts[n, m]

    @functools.cached_property
    def _layouts(self) -> dict[tuple[int, int], Layout]:
        """Those made so far: one problem after the other mostly has the same."""
        return {}

    def keeping(self, n: int, m: int) -> int:
        """How many numbers it leaves behind."""
        return sum(math.prod(shape(n, m)) for shape in self.keeps.values())

    def kept(self, layout: Layout, memory: Array) -> dict[str, Array]:
        """See in memory (..., size) what the method keeps, by name."""
        return self.told_apart(layout, memory[..., layout.places["room"]])

    def told_apart(self, layout: Layout, numbers: Array) -> dict[str, Array]:
        """See in numbers (..., k) that begin with what the method keeps what that is, by name."""
        n, m = (layout.places[name].stop - layout.places[name].start for name in ("x", "least"))
        kept, at = {}, 0
        for name, shape in self.keeps.items():
            size = math.prod(shape(n, m))
            kept[name] = numbers[..., at : at + size].reshape((*numbers.shape[:-1], *shape(n, m)))
            at += size
        return kept

    @functools.cached_property
    def _sizes(self) -> tuple[int, int, int]:
        """How many numbers the state of the coroutine takes, its options, and those that it hands over to."""
        options = len(self.options._fields)  # type: ignore[attr-defined]  # a NamedTuple
        nothing = Layout.of((0, options, 0), 1, 0, 0, self.asks)
        sizes = np.zeros(nothing.size)
        self.compiled.measure(nothing.plan, sizes)
        return int(sizes[0]), options, int(sizes[1])


def _for_all(name: str) -> list[str]:
    """The same for many: the answer of each of those at ``slots`` in their memories."""
    return [
        "@generated('coroutines')",
        f"def {name}_all(plan, memory, slots, asked):",
        "    for i in range(len(slots)):",
        f"        asked[i] = {name}(plan, memory[slots[i]])",
    ]


def _source(function: Any, options: type, delegates: tuple[str, ...]) -> str:
    """Write the module that compiles a coroutine; numbers and arrays are all that comes in."""
    count = len(options._fields)  # type: ignore[attr-defined]
    given = ", ".join(f"memory[plan[0] + {i}]" for i in range(count))
    sizes = [path.split(":") for path in delegates]
    handed_over = " + ".join(f"{size}(memory)" for _, size in sizes) or "0"
    lines = [
        f'"""The coroutine {function.__name__}, generated by batchopt."""',
        "from solvers.coroutines.frame import size, store, stored",
        "from solvers.coroutines.row import options_of",
        "from solvers.coroutines.row_type import ROW, row_at",
        "from solvers.kernels.compiling import generated",
        *(f"from {module} import {size}" for module, size in sizes),
        f"from {function.__module__} import {function.__name__} as coroutine",
        f"from {options.__module__} import {options.__name__} as Options",
        "running = stored(coroutine, (ROW, options_of(Options)))",
        "@generated('coroutine')",
        "def begin(plan, memory):",
        f"    store(coroutine(row_at(memory, plan), Options({given})), memory)",
        "    return 0",
        "@generated('coroutine')",
        "def resume(plan, memory):",
        "    for asked in running(memory):",
        "        return asked",
        "    return 0",
        *_for_all("begin"),
        *_for_all("resume"),
        "@generated('coroutine')",
        "def measure(plan, memory):",
        f"    memory[0], memory[1] = size(running(memory)), {handed_over}",
        "    return 0",
    ]
    return "\n".join(lines) + "\n"
