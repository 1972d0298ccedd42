"""The rooms of the tree and what may be imported where, read from the sources."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "wishart_moments"
GENERATED = ROOT / "generated" / "wishart_generated"

# Imports point down this list, never up. The files beside the rooms are the floor: they import each other only.
ROOMS = ["floor", "combinatorics", "notation", "moments", "spectrum", "codegen", "variance", "reports", "cli"]
DOORS = {"__main__.py"}

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
    "monte_carlo": "monte carlo",
}
MAX_LINES = 350


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports anywhere, under TYPE_CHECKING as well; no relative imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


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
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


@each_module
def test_the_engine_imports_neither_torch_nor_the_network(path: Path) -> None:
    networks = {"torch", "wishart_nn"}
    if room(path.relative_to(ENGINE).parts) == "cli":  # a command may call them, inside its function
        statements = ast.parse(path.read_text("utf-8")).body
        assert not {name.split(".")[0] for each in statements for name in imported_here(each)} & networks
    else:
        assert not tops(path) & networks


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
    assert not others & {"confirmation", "expectation", "matrix_moment", "signed", "zonal_polynomial", "scale"}


def test_the_common_ground_of_the_routes_imports_no_route() -> None:
    for name in ("polynomials", "packed", "power_sum_slots", "rational", "existence", "scale"):
        assert not moments_imported(name) & ROUTES.keys()


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
