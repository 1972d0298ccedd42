"""Composite Gauss–Legendre quadrature and its antiderivatives."""

import numpy as np
import pytest

from wishart_moments.spectrum.panels import POINTS, Panels


@pytest.mark.parametrize("degree", range(2 * POINTS))
def test_a_panel_integrates_polynomials_up_to_degree_31(degree: int) -> None:
    panels = Panels(np.array([0.0, 0.25, 1.0]))
    assert panels.weights @ panels.nodes**degree == pytest.approx(1 / (degree + 1), rel=1e-14)


def test_the_integral_to_the_right_is_that_of_the_function() -> None:
    panels = Panels(np.array([0.0, 0.5, 2.0, 3.0]))
    found = panels.to_the_right(np.cos(panels.nodes))
    assert np.abs(found - (np.sin(3.0) - np.sin(panels.nodes))).max() < 1e-15 * 10


def test_the_antiderivative_is_that_of_the_function_between_the_nodes_and_constant_outside() -> None:
    panels = Panels(np.array([1.0, 1.5, 4.0]))
    integral = panels.antiderivative(np.exp(-panels.nodes))
    x = np.linspace(1, 4, 101)
    assert np.abs(integral(x) - (np.exp(-1) - np.exp(-x))).max() < 1e-14
    assert integral(np.array([-5.0, 0.0, 7.0])) == pytest.approx([0, 0, integral.total], abs=1e-16)
    assert integral.total == pytest.approx(np.exp(-1) - np.exp(-4), rel=1e-14)
