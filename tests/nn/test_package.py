"""The package as a whole: what it exports, what it says without torch, and its picture."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch

import wishart_nn
from wishart_moments.combinatorics.drawing import save_drawing


def test_every_public_name_is_there_and_the_version_is_the_engine_s() -> None:
    assert all(hasattr(wishart_nn, name) for name in wishart_nn.__all__)
    assert wishart_nn.__version__ == __import__("wishart_moments").__version__


def test_without_torch_it_says_what_to_install() -> None:
    code = (
        "import importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'torch' else real(name, *rest)\n"
        "try:\n    from wishart_nn import LDLTLinear\n"
        "except ImportError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "wishart_nn needs torch: pip install 'wishart-trace-moments[nn]'\n"


def test_the_picture_shows_every_layer_predicted_and_measured(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    net = wishart_nn.LDLTChain((6, 8, 8, 1))
    profile = wishart_nn.measure_profile(net, torch.randn(50, 6, generator=generator), generator=generator)
    figure = wishart_nn.profile_figure(profile)
    forward, backward = (axes.get_lines() for axes in figure.axes)
    assert [list(line.get_ydata()) for line in forward] == [
        [each.before for each in kind.layers] for kind in (profile.predicted, profile.measured)
    ]
    assert [line.get_ydata()[0] for line in backward] == [
        kind.gradient_input for kind in (profile.predicted, profile.measured)
    ]
    save_drawing(figure, tmp_path / "profile.svg")
    assert (tmp_path / "profile.svg").read_text("utf-8").startswith("<?xml")


@pytest.mark.parametrize("package", ["data", "higgs", "relu", "sweeps", "training"])
def test_a_package_exports_what_it_imports_for_type_checkers_and_loads_it_at_first_use(package: str) -> None:
    module = import_module(f"wishart_nn.{package}")
    assert module.__all__ == sorted(set(module.__all__)) == dir(module)
    for name in module.__all__:
        assert getattr(module, name) is vars(module)[name]
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        module.nothing  # noqa: B018
