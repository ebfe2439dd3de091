"""Spoil a module in every small way, one at a time, and see whether its tests notice.

Run as ``python -m tests.support.mutants`` (``make mutants``, every night): it spoils the one decision and everything that it rests on in
`sightline.governance`, prints how many of the spoilt versions the tests found and those that they did not, and fails below nine in ten.
Named modules and tests are taken instead: ``python -m tests.support.mutants sightline.governance.retention -- tests/unit/test_erase.py``.
"""

from __future__ import annotations

import ast
import copy
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

_OTHER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
MODULES = tuple(f"sightline.governance.{name}" for name in ("decide", "one_person", "subjects", "standing", "decisions"))
"""`decide` and what it calls."""
TESTS = (
    "tests/unit/test_decide_one_person.py",
    "tests/unit/test_rules_to_their_edges.py",
    "tests/unit/test_decide.py",
)
"""Those that go by tables, the quickest first: what only the properties would find takes ten seconds each time."""
AT_LEAST = 0.9
"""The share that has to be found, in all these modules together and in `decide` alone."""
_SECONDS = 60
_QUIETLY = ("-q", "-x", "-n0", "-p", "no:warnings")


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Every spoilt version: a comparison turned or blunted, a condition turned or shortened, an answer left out, a constant changed."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings do nothing
    for position, node in enumerate(nodes):
        if id(node) in said:
            continue
        for label, change in _changes(node):
            spoilt = copy.deepcopy(tree)
            target = list(ast.walk(spoilt))[position]
            change(target, spoilt)
            yield f"line {getattr(node, 'lineno', '?')}: {label}", ast.fix_missing_locations(spoilt)


def _changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            if type(operator) in _OTHER:
                new = _OTHER[type(operator)]
                yield (
                    f"{type(operator).__name__} for {new.__name__} in {ast.unparse(node)}",
                    lambda t, _, p=place, n=new: t.ops.__setitem__(p, n()),
                )
    if isinstance(node, ast.BoolOp):
        new_op = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{new_op.__name__} in {ast.unparse(node)}", lambda t, _: setattr(t, "op", new_op())
        for place, _ in enumerate(node.values):
            yield f"without part {place} of {ast.unparse(node)}", lambda t, tree, p=place: _shorten(tree, t, p)
    if isinstance(node, ast.If | ast.IfExp):
        yield f"not {ast.unparse(node.test)}", lambda t, _: setattr(t, "test", ast.UnaryOp(ast.Not(), t.test))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield f"plain {ast.unparse(node.operand)}", lambda t, tree: _replace(tree, t, t.operand)
    if isinstance(node, ast.comprehension):
        for place, test in enumerate(node.ifs):
            yield f"without if {ast.unparse(test)}", lambda t, _, p=place: t.ifs.pop(p)
    if isinstance(node, ast.Return) and node.value is not None and not _is_constant(node.value, None):
        yield f"None for {ast.unparse(node.value)}", lambda t, _: setattr(t, "value", ast.Constant(None))
    if isinstance(node, ast.Constant):
        value = node.value
        changed: object = {bool: lambda: not value, int: lambda: value + 1, str: lambda: "" if value else "x"}.get(
            type(value), lambda: value
        )()
        if changed != value:
            yield f"{changed!r} for {value!r}", lambda t, _: setattr(t, "value", changed)


def _shorten(tree: ast.AST, chain: ast.BoolOp, place: int) -> None:
    chain.values.pop(place)
    if len(chain.values) == 1:
        _replace(tree, chain, chain.values[0])


def _is_constant(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list):
                value[:] = [new if each is old else each for each in value]


def run(modules: Sequence[ModuleType], tests: list[str]) -> bool:
    """Spoil each module in every way; whether the tests noticed enough, in the first of them and in all together.

    Raises:
        SystemExit: If the tests do not pass on a module as it is: then they would notice everything.
    """
    if pytest.main([*_QUIETLY, *tests]):
        raise SystemExit("the tests do not pass")
    scores = [_run_one(module, tests) for module in modules]
    found, total = (sum(each) for each in zip(*scores, strict=True))
    print(f"all together: {found} of {total} found ({found / total:.1%})")  # noqa: T201
    return found >= AT_LEAST * total and scores[0][0] >= AT_LEAST * scores[0][1]


def _run_one(module: ModuleType, tests: list[str]) -> tuple[int, int]:
    """How many spoilt versions of a module were found, and of how many."""
    file = str(module.__file__)
    source = Path(file).read_text(encoding="utf-8")
    if _noticed(module, compile(source, file, "exec"), tests):
        raise SystemExit("the tests do not pass on the module as it is")
    spoilt = list(mutants(source))
    alive = [label for label, tree in spoilt if not _noticed(module, compile(tree, file, "exec"), tests)]
    found = len(spoilt) - len(alive)
    print(f"{module.__name__}: {found} of {len(spoilt)} found ({found / len(spoilt):.1%})")  # noqa: T201
    for label in alive:
        print(f"  not found: {label}")  # noqa: T201
    return found, len(spoilt)


def _noticed(module: ModuleType, code: CodeType, tests: list[str]) -> bool:
    """Run the tests in a process of its own whose module is the spoilt one; a hang or a crash is noticed too."""
    child = os.fork()
    if child == 0:
        signal.alarm(_SECONDS)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            _spoil(module, code)
            ended = pytest.main([*_QUIETLY, *tests])
        except BaseException:
            os._exit(1)
        os._exit(int(ended))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def _spoil(module: ModuleType, code: CodeType) -> None:
    """Have the module imported as the spoilt one, and everything imported anew that may have taken something from it."""

    class Spoilt(Loader):
        def create_module(self, spec: ModuleSpec) -> None:
            return None

        def exec_module(self, fresh: ModuleType) -> None:
            exec(code, fresh.__dict__)  # noqa: S102 - this project's own code, spoilt

    class Finder(MetaPathFinder):
        def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
            return ModuleSpec(name, Spoilt(), origin=module.__file__) if name == module.__name__ else None

    sys.meta_path.insert(0, Finder())
    package = module.__name__.rpartition(".")[0]
    for name in [each for each in sys.modules if each.startswith((package, "tests"))]:
        del sys.modules[name]


if __name__ == "__main__":
    given, _, chosen = " ".join(sys.argv[1:]).partition("--")
    spoiled = [importlib.import_module(name) for name in given.split() or MODULES]
    sys.exit(not run(spoiled, chosen.split() or list(TESTS)))
