"""Every public name says what it is and shows an example, which the doctests run; the manual describes every one."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("wishart_moments", "wishart_moments.plots", "wishart_nn")
PUBLIC = [(package, name) for package in PACKAGES for name in import_module(package).__all__ if name != "__version__"]


@pytest.mark.parametrize(("package", "name"), PUBLIC, ids=lambda each: each)
def test_every_public_name_has_a_docstring_with_an_example(package: str, name: str) -> None:
    found = getattr(import_module(package), name)
    if inspect.ismodule(found):
        functions = [
            each for _, each in inspect.getmembers(found, inspect.isfunction) if each.__module__ == found.__name__
        ]
        text = "".join(inspect.getdoc(each) or "" for each in functions)
        assert found.__doc__
    else:
        text = found.__doc__ or ""
    assert len(text) > 40
    assert ">>> " in text


def test_the_manual_describes_every_package() -> None:
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "docs" / "api").glob("*.rst"))
    assert set(PACKAGES) <= {line.split()[-1] for line in pages.splitlines() if line.startswith(".. automodule::")}
