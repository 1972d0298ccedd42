"""The notebooks of the manual: text that a diff shows, cells that run one after the other and assert what they say.

`make docs` runs them in Jupyter's kernel as well.
"""

import ast
import re
from pathlib import Path
from typing import Any

import matplotlib
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.md"))
CELL = re.compile(r"^```\{code-cell\} python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def cells(notebook: Path) -> list[str]:
    return CELL.findall(notebook.read_text("utf-8"))


def test_there_are_three_notebooks_and_the_manual_lists_each() -> None:
    index = (FOLDER.parent / "index.md").read_text("utf-8")
    assert len(NOTEBOOKS) >= 3
    assert all(f"\nnotebooks/{notebook.stem}\n" in index for notebook in NOTEBOOKS)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_asserts_what_it_claims(notebook: Path) -> None:
    statements = [node for cell in cells(notebook) for node in ast.walk(ast.parse(cell))]
    assert sum(isinstance(node, ast.Assert) for node in statements) >= 2


# Draws by the thousand, and a network that is trained.
@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_cells_run_one_after_the_other(notebook: Path) -> None:
    with matplotlib.rc_context({"backend": "agg"}):
        names: dict[str, Any] = {}
        for cell in cells(notebook):
            exec(compile(cell, notebook.name, "exec"), names)
        assert names
