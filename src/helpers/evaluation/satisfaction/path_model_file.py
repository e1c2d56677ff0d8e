"""Read a path model from a YAML file, and name everything wrong with it at once, line by line."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.core import yaml_lines
from helpers.core.errors import Fault, InputError, unknown_name
from helpers.evaluation.satisfaction.path_model import PathModel, in_order

SHIPPED = Path(__file__).parent / "path_models"
STUDY_FILE = "path_model.yml"
"""File of a study that is read where no other is named."""
_NONE = "none"
_KEYS = ("blocks", "paths")


def find_path_model(name: str = "", *, folder: Path, known_columns: Collection[str] | None = None) -> PathModel:
    """Read a path model by the name or path of its file; without a name, that of the study.

    Parameters
    ----------
    name : str
        A file in the folder of the study, or `none`. Empty: `path_model.yml` where there is one, else none.
    folder : Path
        Folder of the study.
    known_columns : collection of str, optional
        Columns that questions may be; any when missing.

    Returns
    -------
    PathModel
        Without blocks where there is none.

    Raises
    ------
    InputError
        With every fault of the file and its line.
    """
    own = folder / (name or STUDY_FILE)
    if name == _NONE or (not name and not own.is_file()):
        return read_path_model(SHIPPED / f"{_NONE}.yml")
    return read_path_model(own, known_columns=known_columns)


def read_path_model(path: Path, *, known_columns: Collection[str] | None = None) -> PathModel:
    """Read and check a file of a path model; see `find_path_model`."""
    tree = yaml_lines.load_mapping(path, allowed="blocks and paths", label=path.name)
    reader = _Reader(path.name, tree, yaml_lines.plain(tree), [], known_columns)
    model = reader.read()
    if reader.faults:
        raise InputError(reader.faults)
    return model


@dataclass
class _Reader:
    label: str
    tree: Any
    raw: dict[str, Any]
    faults: list[Fault]
    known_columns: Collection[str] | None

    def read(self) -> PathModel:
        for key in self.raw:
            if key not in _KEYS:
                where = yaml_lines.where(self.label, self.tree, key)
                self.faults.append(unknown_name(str(key), list(_KEYS), kind="key", where=where))
        blocks = {name: self._names("blocks", name, given) for name, given in self._mapping("blocks").items()}
        paths = {name: self._names("paths", name, given) for name, given in self._mapping("paths").items()}
        self._check_questions(blocks)
        for to, sources in paths.items():
            for one in (to, *sources):
                if one not in blocks:
                    where = yaml_lines.where(self.label, self.tree, "paths", to)
                    self.faults.append(unknown_name(one, list(blocks), kind="block", where=where))
        linked = {*paths, *(one for sources in paths.values() for one in sources)}
        for name in blocks:
            if name not in linked:
                remedy = "name a path to it or from it, or leave the block out"
                self._fault(f"block {name!r} is on no path", ("blocks", name), "blocks on a path", remedy)
        model = PathModel(blocks, tuple((one, to) for to, sources in paths.items() for one in sources))
        if not self.faults and in_order(model) is None:
            self._fault("paths lead in a circle", ("paths",), "paths in one direction", "leave one of them out")
        return model

    def _mapping(self, key: str) -> dict[str, Any]:
        given = self.raw.get(key) or {}
        if not isinstance(given, dict):
            self._fault(f"{key!r} cannot be {given!r}", (key,), "a mapping of names to lists", "write name: [one, two]")
            return {}
        return {str(name): inside for name, inside in given.items()}

    def _names(self, key: str, name: str, given: Any) -> tuple[str, ...]:
        if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
            self._fault(f"{name!r} cannot be {given!r}", (key, name), "a list of names", f"write {name}: [one, two]")
            return ()
        return tuple(given)

    def _check_questions(self, blocks: dict[str, tuple[str, ...]]) -> None:
        seen: dict[str, str] = {}
        for name, questions in blocks.items():
            for one in questions:
                if one in seen:
                    what = f"question {one!r} stands in {seen[one]!r} and in {name!r}"
                    self._fault(what, ("blocks", name), "each question in one block", "leave it out of one")
                seen[one] = name
                if self.known_columns is not None and one not in self.known_columns:
                    where = yaml_lines.where(self.label, self.tree, "blocks", name)
                    known = list(self.known_columns)
                    self.faults.append(unknown_name(one, known, kind="column of surveys", where=where))

    def _fault(self, what: str, at: tuple[str, ...], allowed: str, remedy: str) -> None:
        self.faults.append(Fault(what, yaml_lines.where(self.label, self.tree, *at), allowed, remedy))
