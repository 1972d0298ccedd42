"""The rooms of the tree and what may be imported where, read from the sources."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "wishart_moments"
GENERATED = ROOT / "generated" / "wishart_generated"
NETWORKS = ROOT / "nn" / "wishart_nn"

# Imports point down this list, never up. The files beside the rooms are the floor: they import each other only.
ROOMS = ["floor", "combinatorics", "notation", "moments", "proofs", "spectrum", "codegen", "variance", "reports", "cli"]
DOORS = {"__main__.py", "plots.py"}

# The routes to the moments, by their modules; a module outside them is common ground (polynomials, packed numbers).
ROUTES = {
    "wick": "wick",
    "wick_count": "wick",
    "loop_equations": "loop equations",
    "recurrence": "recurrence",
    "zonal": "zonal",
    "inverse_table": "zonal",
    "marked_equations": "marked loop equations",
    "marked_levels": "marked loop equations",
    "marked_moments": "marked loop equations",
    "signed_equations": "marked loop equations",
    "inverse_recurrence": "inverse recurrence",
    "trace_recurrence": "jacobi recurrence",
    "jack_kadell": "zonal",
    "jacobi_loop_equations": "jacobi loop equations",
    "monte_carlo": "monte carlo",
}
MAX_LINES = 350


@cache
def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


@cache
def source(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(source(path))


def names_of(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the dotted names that these nodes import; `from a import b` gives a and a.b."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import of {node.module}"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Return the dotted names that a module imports anywhere, under TYPE_CHECKING as well; no relative imports."""
    return tuple(names_of(ast.walk(tree(path))))


def imported_here(statement: ast.stmt) -> list[str]:
    """Return what a statement at the top of a module imports when the module is loaded, by name."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    return [str(statement.module)] if isinstance(statement, ast.ImportFrom) else []


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def room(parts: tuple[str, ...]) -> str:
    """Return the room of a path or a dotted name inside the engine."""
    if not parts or parts[0] == "__init__.py":
        return "surface"
    if parts[0] in DOORS or parts[0] in {door.removesuffix(".py") for door in DOORS}:
        return "cli"
    return parts[0] if parts[0] in ROOMS else "floor"


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


each_module = pytest.mark.parametrize("path", modules(ENGINE), ids=ids)


def test_every_folder_of_the_engine_is_a_room() -> None:
    folders = {path.name for path in ENGINE.iterdir() if path.is_dir() and modules(path)}
    assert folders <= set(ROOMS)
    assert {"combinatorics", "moments"} <= folders


@each_module
def test_imports_point_down_the_list_of_rooms(path: Path) -> None:
    here = room(path.relative_to(ENGINE).parts)
    for name in imported(path):
        package, *rest = name.split(".")
        if package != "wishart_moments":
            continue
        there = room(tuple(rest))
        if there == "surface" or here == "surface":
            # The package's own names: for the doors; and its surface lists what the rooms hold.
            assert here in ("cli", "surface") or there != "surface" or not rest or here == there, f"{path}: {name}"
            continue
        assert ROOMS.index(there) <= ROOMS.index(here), f"{path} imports {name}"


@each_module
def test_a_module_has_at_most_350_lines(path: Path) -> None:
    assert len(source(path).splitlines()) <= MAX_LINES


@each_module
def test_the_engine_imports_neither_torch_nor_the_network(path: Path) -> None:
    assert not tops(path) & {"torch", "wishart_nn"}


@each_module
def test_only_the_predictor_imports_the_generated_code(path: Path) -> None:
    if path.relative_to(ENGINE).parts[0] != "variance":
        assert "wishart_generated" not in tops(path)


@pytest.mark.parametrize("path", modules(GENERATED), ids=ids)
def test_generated_code_imports_the_standard_library_and_itself(path: Path) -> None:
    assert tops(path) <= {*sys.stdlib_module_names, "wishart_generated"}


def moments_imported(name: str) -> set[str]:
    """The modules of moments/, by their last names, that one of them imports."""
    (path,) = (ENGINE / "moments").rglob(f"{name}.py")
    home = "wishart_moments.moments."
    return {part for module in imported(path) if module.startswith(home) for part in module.split(".")[2:]}


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_no_route_imports_another(name: str) -> None:
    others = moments_imported(name)
    assert {ROUTES[other] for other in others & ROUTES.keys()} <= {ROUTES[name]}
    # Nor by way of a module that imports routes.
    assert not others & {"confirmation", "expectation", "matrix_expectation", "signed", "zonal_polynomial", "admission"}


def test_the_common_ground_of_the_routes_imports_no_route() -> None:
    common = ("polynomials", "packed", "power_sum_slots", "rational", "recurrence_coefficients", "existence", "scale")
    for name in common:
        assert not moments_imported(name) & ROUTES.keys()


def dotted(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def circles(sources: dict[str, ast.Module]) -> set[frozenset[str]]:
    """Return the sets of modules of which each imports every other one, by some way.

    An import inside a function counts, and one under TYPE_CHECKING: they hide a circle from the interpreter and from
    nobody who reads. `from a import b` is an import of the module a.b where there is one, and of a otherwise.
    """
    graph = nx.DiGraph()
    for name, parsed in sources.items():
        for node in ast.walk(parsed):
            if isinstance(node, ast.ImportFrom):
                found = {f"{node.module}.{alias.name}" for alias in node.names}
                targets = {each if each in sources else str(node.module) for each in found}
            else:
                targets = set(names_of([node]))
            graph.add_edges_from((name, target) for target in targets & sources.keys() - {name})
    return {frozenset(each) for each in nx.strongly_connected_components(graph) if len(each) > 1}


def test_no_modules_import_each_other_in_a_circle() -> None:
    sources = {dotted(path, package): tree(path) for package in (ENGINE, NETWORKS) for path in modules(package)}
    assert circles(sources) == set()


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({"a": "import b", "b": "import c", "c": ""}, set()),
        ({"a": "import b", "b": "def f():\n    from a import g"}, {frozenset("ab")}),
        ({"a": "import b", "b": "if TYPE_CHECKING:\n    import a"}, {frozenset("ab")}),
        ({"p": "from p.a import f", "p.a": "from p import b", "p.b": ""}, set()),
        ({"p": "from p.a import f", "p.a": "from p import g"}, {frozenset(["p", "p.a"])}),
        ({"a": "import b", "b": "import c", "c": "class X:\n    import a"}, {frozenset("abc")}),
    ],
)
def test_circles_are_found(texts: dict[str, str], found: set[frozenset[str]]) -> None:
    assert circles({name: ast.parse(text) for name, text in texts.items()}) == found


# A pristine tree is written from nothing: three seconds of derivation and a copy of the sources.
@pytest.mark.slow
def test_everything_generated_is_written_again_from_a_tree_without_it(tmp_path: Path) -> None:
    pristine = tmp_path / "tree"
    shutil.copytree(ENGINE, pristine / "wishart_moments", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", pristine)
    # Without site-packages' link to this checkout: the copy alone is the package, and no wishart_generated is there.
    code = (
        f"import sys\nhere = {[str(ROOT), str(ROOT / 'generated'), str(ROOT / 'nn')]!r}\n"
        f"sys.path[:] = [{str(pristine)!r}, *(each for each in sys.path if each not in here)]\n"
        "import importlib.util\nassert importlib.util.find_spec('wishart_generated') is None\n"
        "from wishart_moments.__main__ import main\nmain()\n"
    )
    command = [sys.executable, "-c", code, "generate"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=pristine, env=environment)
    assert run.returncode == 0, run.stderr
    written = {path.relative_to(pristine): path.read_bytes() for path in (pristine / "generated").rglob("*.*")}
    there = (path for path in (ROOT / "generated").rglob("*.*") if "__pycache__" not in path.parts)
    assert written == {path.relative_to(ROOT): path.read_bytes() for path in there}


HEAVY = ("sympy", "numba", "numpy", "torch", "matplotlib", "networkx", "flint", "rich", "typer")


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after the code."""
    report = f"import sys\n{code}\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import wishart_moments") == set()


def test_numbers_load_neither_sympy_nor_numba() -> None:
    code = "import wishart_moments as w\nassert w.trace_moment(3, 4, 7) == 5208\n"
    assert loaded_by(code + "assert w.trace_product_moment([2, 1], 4, 7) == 10752") == {"flint"}
    assert loaded_by(code + "assert w.trace_moment(-1, 3, 5) == 3\nassert w.trace_cumulant([1, 1], 3, 5) == 30") == {
        "flint"
    }


def test_a_number_on_the_command_line_loads_no_sympy() -> None:
    lines = (["moment", "3", "--m", "4", "--n", "7"], ["moment", "-1", "--m", "3", "--n", "5"])
    for line in (*lines, ["cumulant", "2", "1", "--m", "4", "--n", "7"], ["word", "S A S B"]):
        code = f"import contextlib, io, sys\nsys.argv = {['wishart-moments', *line]!r}\n"
        code += "from wishart_moments.__main__ import main\nwith contextlib.suppress(SystemExit):\n"
        code += "    with contextlib.redirect_stdout(io.StringIO()): main()"
        assert loaded_by(code).isdisjoint({"sympy", "numba", "torch", "matplotlib", "networkx"})


def test_the_public_names_are_all_there() -> None:
    code = "import wishart_moments as w\nfor name in w.__all__: getattr(w, name)\nassert set(w.__all__) <= set(dir(w))"
    assert "torch" not in loaded_by(code)


# An absolute path of somebody's machine: a home directory, a workplace, a job's folder.
MACHINE = re.compile(r"(?<![\w.~-])/(?:home|Users|root|mnt|scratch)[./][\w.-]+|[A-Z]:\\\\?Users")


def test_no_tracked_file_names_a_path_of_a_machine() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run([git, "ls-files", "-z"], capture_output=True, check=True, cwd=ROOT).stdout
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path == Path(__file__).resolve() or not path.is_file():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found = MACHINE.search(text)
        assert found is None, f"{name}: {found}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see /home/ann/x", True),
        ('"/Users/ann"', True),
        ("https://example.org/home/ann", False),
        ("a/home/b", False),
        ("the root/main", False),
    ],
)
def test_the_pattern_of_machine_paths_finds_them(text: str, found: bool) -> None:
    assert bool(MACHINE.search(text)) is found
