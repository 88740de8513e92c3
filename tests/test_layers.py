"""The house keeps its shape: who may import whom, who may catch everything, and what a module may do when it is imported."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import recollect

ROOT = Path(recollect.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

ORDER = [
    {"model", "errors", "runtime"},
    {"codec", "extras"},
    {"store"},
    {"views", "recall", "models", "privacy"},
    {"facts"},
    {"core"},
    {"transfer"},
    {"memory", "aio"},
    {"__init__"},
    {"testing", "adapters", "server"},
    {"cli"},
    {"__main__"},
]
"""Each part imports only itself and what stands in front of it. The two faces may know each other."""

NARROWER = {"testing": {"testing", "model", "errors", "store"}, "views": {"views", "model", "errors"}}
"""Parts that are to know even less."""

CATCH_ALL = {"cli/chat/models.py", "core/asking.py", "core/background.py", "core/crew.py", "privacy/audit/anchoring.py"}
"""Where ``except Exception`` is allowed: at the edge to code that is not ours, and may raise whatever it likes."""

EAGER = ["__init__.py", "model/*.py", "errors.py", "runtime.py", "memory/*.py", "aio/*.py", "codec/*.py", "core/*.py", "views/*.py", "store/*.py"]
NOT_AT_IMPORT = {
    "apsw",
    "asyncio",
    "click",
    "concurrent",
    "http",
    "json",
    "logging",
    "multiprocessing",
    "rich",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "urllib",
}
"""What the modules that ``import recollect`` may bring must not import at their top."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def part(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def rank(part: str) -> int:
    return next(number for number, parts in enumerate(ORDER) if part in parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(node: ast.AST) -> Iterator[str]:
    """Yield the dotted names of the modules that a node imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "relative imports hide where a name comes from"
        yield node.module or ""


def ours(module: str) -> str | None:
    """Return the part of Recollect that a module belongs to; None if it is not ours."""
    first, _, rest = module.partition(".")
    return (rest.partition(".")[0] or "__init__") if first == "recollect" else None


@pytest.mark.parametrize("path", FILES, ids=name)
def test_each_part_imports_only_what_stands_in_front_of_it(path: Path) -> None:
    own = part(path)
    for node in ast.walk(tree(path)):
        for module in imported(node):
            other = ours(module)
            if other is None or other == own:
                continue
            assert rank(other) < rank(own) or {own, other} == {"memory", "aio"}, f"{name(path)}:{node.lineno} imports {module}"
            assert own not in NARROWER or other in NARROWER[own], f"{name(path)}:{node.lineno} imports {module}"


def test_every_part_has_its_place() -> None:
    assert {part(path) for path in FILES} <= set().union(*ORDER)
    assert len(FILES) > 40


def test_one_store_knows_nothing_of_another() -> None:
    kinds = {"sqlite", "files", "memory", "postgresql", "mysql", "redis"}
    lenders = {"failover": {"sqlite", "files"}}  # its spool is an SQLite file, and its lock one of files
    for path in (ROOT / "store").rglob("*.py"):
        own = path.relative_to(ROOT / "store").parts[0].removesuffix(".py")
        modules = {module for node in ast.walk(tree(path)) for module in imported(node)}
        others = {module.split(".")[2] for module in modules if module.startswith("recollect.store.")} & kinds
        assert own == "url" or others <= {own} | lenders.get(own, set()), name(path)


def broad(handler: ast.ExceptHandler | ast.Call) -> bool:
    """Tell whether a handler catches everything."""
    if isinstance(handler, ast.ExceptHandler):
        caught = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
    else:
        caught = list(handler.args)
    return any(one is None or (isinstance(one, ast.Name) and one.id in {"Exception", "BaseException"}) for one in caught)


def swallowing(path: Path) -> list[int]:
    """Return the lines on which everything is caught and not raised again."""
    lines = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler) and broad(node):
            last = node.body[-1]
            if not (isinstance(last, ast.Raise) and last.exc is None):
                lines.append(node.lineno)
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "suppress" and broad(node):
            lines.append(node.lineno)
    return lines


def test_nothing_catches_everything_but_at_the_listed_edges() -> None:
    assert {name(path) for path in FILES if swallowing(path)} <= CATCH_ALL


def test_a_broad_except_is_found_however_it_is_written(tmp_path: Path) -> None:
    texts = [
        "try: x\nexcept: pass",
        "try: x\nexcept Exception: pass",
        "try: x\nexcept (OSError, BaseException) as e: print(e)",
        "with contextlib.suppress(Exception): x",
        "with suppress(OSError, Exception): x",
    ]
    for text in texts:
        (tmp_path / "a.py").write_text(text)
        assert swallowing(tmp_path / "a.py"), text
    (tmp_path / "a.py").write_text("try: x\nexcept BaseException:\n    close()\n    raise")
    assert not swallowing(tmp_path / "a.py")


def test_what_a_plain_import_brings_does_no_io() -> None:
    for path in {path for pattern in EAGER for path in ROOT.glob(pattern)}:
        for node in tree(path).body:
            for module in imported(node):
                assert module.partition(".")[0] not in NOT_AT_IMPORT, f"{name(path)}:{node.lineno} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_deserialises_into_code_or_leaves_work_undone(path: Path) -> None:
    for node in ast.walk(tree(path)):
        for module in imported(node):
            assert module.partition(".")[0] not in {"pickle", "marshal", "shelve", "dill", "cloudpickle"}, f"{name(path)}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "__import__"}, f"{name(path)}:{node.lineno}"
        if isinstance(node, ast.Name):
            assert node.id != "NotImplementedError", f"{name(path)}:{node.lineno}"
