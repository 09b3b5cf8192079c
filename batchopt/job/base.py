"""A job, whatever its kind: read from a file, validated, with the folder that its paths start from."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr, ValidationError

from batchopt.errors import JobError
from batchopt.job.explain import explain
from batchopt.job.sections import (
    ChunksSection,
    ClusterSection,
    InputSection,
    JobSection,
    OutputSection,
    Section,
)

#: Sections on which no result depends.
_ABOUT_THE_RUN = {"job", "chunks", "output", "cluster"}
#: Nor on these fields of the input, beside the files' content.
_ABOUT_READING = {"path", "memory_mb"}


class Job(Section):
    """A job file: what to solve, from where, how and to where; each kind has a class of its own."""

    job: JobSection
    """What the job is."""
    input: InputSection
    """The table of problems."""
    chunks: ChunksSection = ChunksSection()
    """How problems are handed out."""
    output: OutputSection
    """Where run directories go."""
    cluster: ClusterSection = ClusterSection()
    """Where to compute."""

    _folder: Path = PrivateAttr(default_factory=Path.cwd)

    @property
    def folder(self) -> Path:
        """What relative paths start from: the job file's folder."""
        return self._folder

    @property
    def output_path(self) -> Path:
        """The folder of run directories."""
        return self._folder / self.output.path

    @property
    def settings(self) -> dict[str, Any]:
        """What the job says that results depend on, by section."""
        content = self.model_dump(mode="json", by_alias=True, exclude=_ABOUT_THE_RUN)
        fields = {name: value for name, value in content["input"].items() if name not in _ABOUT_READING}
        return content | {"input": fields}

    @classmethod
    def load(cls, path: Path | str) -> "Job":
        """Read a job file.

        Raises
        ------
        JobError
            If it cannot be read or anything in it is wrong.
        """
        file = Path(path)
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise JobError(f"{file}: no such job file; give the path of a job.toml") from None
        except OSError as error:
            raise JobError(f"{file}: cannot be read: {error}") from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise JobError(f"{file}: not valid TOML: {error}") from None
        except RecursionError:
            raise JobError(f"{file}: brackets are nested too deeply for a job file") from None
        return cls.parse(content, folder=file.absolute().parent, name=str(file))

    @classmethod
    def parse(cls, content: dict[str, Any], *, folder: Path | None = None, name: str = "job") -> "Job":
        """Make a job, of the class of its kind, of what a job file holds.

        Raises
        ------
        JobError
            If anything in it is wrong.
        """
        from batchopt.job import JOBS  # made of this class

        section = content.get("job")
        kind = section.get("kind", "curve_fit") if isinstance(section, dict) else "curve_fit"
        if kind not in [*JOBS]:  # in a list, since it may be anything
            known = " and ".join(map(repr, JOBS))
            raise JobError(f"{name}: job.kind: got {kind!r:.80}; there are {known}")
        try:
            job = JOBS[kind].model_validate(content)
        except ValidationError as error:
            raise JobError(f"{name}: {explain(error, content, JOBS[kind])}") from None
        if folder is not None:
            job._folder = folder
        return job
