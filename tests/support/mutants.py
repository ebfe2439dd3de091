"""Spoil a module in every small way, one at a time, and see whether its tests notice.

Run as ``python -m tests.support.mutants sightline.governance.decide tests/unit/test_decide.py …``: it prints how many of the spoilt
versions the tests found, and those that they did not. With ``--lines`` it says which branches of the module the tests never take.
"""

from __future__ import annotations

import ast
import copy
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FrameType, ModuleType
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
_SECONDS = 60
_QUIETLY = ("-q", "-x", "-n0", "-p", "no:warnings")


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Every spoilt version: a comparison turned or blunted, a condition turned or shortened, a value left out, a text emptied."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    for position, node in enumerate(nodes):
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
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        yield f"{node.value + 1} for {node.value}", lambda t, _: setattr(t, "value", t.value + 1)


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


def run(module: ModuleType, tests: list[str]) -> int:
    """Spoil a module in every way; the number that the tests did not notice.

    Raises:
        SystemExit: If the tests do not pass on the module as it is: then they would notice everything.
    """
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    if pytest.main([*_QUIETLY, *tests]) or _noticed(module, compile(source, str(module.__file__), "exec"), tests):
        raise SystemExit("the tests do not pass on the module as it is")
    alive, total = [], 0
    for label, tree in mutants(source):
        total += 1
        if not _noticed(module, compile(tree, str(module.__file__), "exec"), tests):
            alive.append(label)
    print(f"{module.__name__}: {total - len(alive)} of {total} found ({(total - len(alive)) / total:.1%})")  # noqa: T201
    print("\n".join(alive))  # noqa: T201
    return len(alive)


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


def branches_not_taken(module: ModuleType, tests: list[str]) -> list[str]:
    """Pairs of lines, of an if and of what follows it, that no test goes through."""
    file = str(module.__file__)
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    taken: set[tuple[int, int]] = set()
    seen: set[int] = set()

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename != file:
            return None
        before = frame.f_lineno

        def line(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal before
            taken.add((before, -1 if event == "return" else frame.f_lineno))
            before = frame.f_lineno
            seen.add(before)
            return line

        return line

    sys.settrace(trace)
    try:
        pytest.main([*_QUIETLY, *tests])
    finally:
        sys.settrace(None)
    missing = []
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            into = {pair for pair in taken if node.test.lineno <= pair[0] <= (node.test.end_lineno or 0)}
            body = range(node.body[0].lineno, (node.body[-1].end_lineno or 0) + 1)
            if not any(to in body for _, to in into):
                missing.append(f"line {node.lineno}: never true")
            if not any(to not in body and not node.test.lineno <= to <= (node.test.end_lineno or 0) for _, to in into):
                missing.append(f"line {node.lineno}: never false")
        elif isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            inside = any(isinstance(each, ast.FunctionDef) and node in ast.walk(each) for each in ast.walk(tree))
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if inside and not is_text and not any(node.lineno <= at <= (node.end_lineno or 0) for at in seen):
                missing.append(f"line {node.lineno}: never run")
    return missing


if __name__ == "__main__":
    names = [each for each in sys.argv[1:] if not each.startswith("-")]
    spoiled = importlib.import_module(names[0])
    if "--lines" in sys.argv:
        print("\n".join(branches_not_taken(spoiled, names[1:])) or "every branch is taken")  # noqa: T201
    else:
        run(spoiled, names[1:])
