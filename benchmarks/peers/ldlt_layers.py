"""Dense layers with a bound on their norm, each written from its formula: (weight, …) ↦ matrix, by plain autograd.

The ones that constrain every singular value exactly: `autograd_cholesky`, `autograd_eigh`, `cayley`; up to a tolerance:
`bjorck`; the ones that bound the norm only: `aol`, `sll` and `sandwich`, which are layers of another form.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def autograd_cholesky(weight: Tensor) -> Tensor:
    """W R⁻¹ with RᵀR = I + WᵀW through the derivatives of the factorisation and of the solve: arXiv 2601.08253."""
    eye = torch.eye(weight.shape[1], dtype=weight.dtype, device=weight.device)
    upper = torch.linalg.cholesky(eye + weight.mT @ weight, upper=True)
    return torch.linalg.solve_triangular(upper, weight, upper=True, left=False)


def autograd_eigh(weight: Tensor) -> Tensor:
    """W (I + WᵀW)^{-1/2} through the derivatives of the eigendecomposition."""
    eye = torch.eye(weight.shape[1], dtype=weight.dtype, device=weight.device)
    values, basis = torch.linalg.eigh(eye + weight.mT @ weight)
    return weight @ (basis * values.rsqrt()) @ basis.mT


def cayley(weight: Tensor) -> Tensor:
    """(I + A)⁻¹(I − A), A = W − Wᵀ: orthogonal (Helfrich, Willmott, Ye 2018)."""
    skew = weight - weight.mT
    eye = torch.eye(len(weight), dtype=weight.dtype, device=weight.device)
    return torch.linalg.solve(eye + skew, eye - skew)


def bjorck(weight: Tensor, iterations: int = 15) -> Tensor:
    """Y ← Y(3I − YᵀY)/2 from W/√(‖W‖₁‖W‖∞): orthogonal in the limit (Björck, Bowie 1971; Anil, Lucas, Grosse 2019)."""
    bound = (weight.abs().sum(0).max() * weight.abs().sum(1).max()).sqrt()
    y = weight / bound
    for _ in range(iterations):
        y = 1.5 * y - 0.5 * y @ (y.mT @ y)
    return y


def aol(weight: Tensor) -> Tensor:
    """W diag(Σ_j |WᵀW|_ij)^{-1/2}: norm at most one (Prach, Lampert 2022)."""
    return weight * (weight.mT @ weight).abs().sum(1).rsqrt()


def sll(x: Tensor, weight: Tensor, bias: Tensor, scale: Tensor) -> Tensor:
    """Return x − 2 W T⁻¹ relu(Wᵀx + b), T = diag(Σ_j |WᵀW|_ij q_j/q_i), q = exp(scale) (Araujo et al. 2023)."""
    q = scale.exp()
    rows = (weight.mT @ weight).abs() @ q / q
    return x - 2 * (torch.relu(x @ weight + bias) / rows) @ weight.mT


def sandwich(x: Tensor, free: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    """√2 Aᵀ Ψ relu(√2 Ψ⁻¹ B x + b), [A B] from a Cayley transform, AAᵀ + BBᵀ = I (Wang, Manchester 2023)."""
    m = free.shape[1]
    upper, lower = free[:m], free[m:]
    eye = torch.eye(m, dtype=free.dtype, device=free.device)
    z = upper - upper.mT + lower.mT @ lower
    inverse = torch.linalg.inv(eye + z)
    a, b = ((eye - z) @ inverse).mT, (-2 * lower @ inverse).mT
    psi = scale.exp()
    inner = torch.relu(2**0.5 * (x @ b.mT) / psi + bias)
    return 2**0.5 * (inner * psi) @ a


EXACT = ("autograd through Cholesky", "autograd through eigh", "Cayley", "torch orthogonal (Cayley)")
"""The peers whose singular values are exactly what they say."""


def layers(size: int, dtype: torch.dtype = torch.float32) -> dict[str, tuple[Callable[[Tensor], Tensor], list[Tensor]]]:
    """Return {name: (x ↦ y, its parameters)} for square layers with a bias."""
    torch.manual_seed(size)

    def drawn(*shape: int) -> nn.Parameter:
        return nn.Parameter(torch.randn(*shape, dtype=dtype) / size**0.5)

    found: dict[str, tuple[Callable[[Tensor], Tensor], list[Tensor]]] = {}

    def weighted(name: str, transform: Callable[[Tensor], Tensor]) -> None:
        weight, bias = drawn(size, size), nn.Parameter(torch.zeros(size, dtype=dtype))
        found[name] = (lambda x: nn.functional.linear(x, transform(weight), bias), [weight, bias])

    for name, transform in (
        ("autograd through Cholesky", autograd_cholesky),
        ("autograd through eigh", autograd_eigh),
        ("Cayley", cayley),
        ("Björck, 15 iterations", bjorck),
        ("AOL", aol),
    ):
        weighted(name, transform)
    for how in ("cayley", "householder", "matrix_exp"):
        layer = nn.utils.parametrizations.orthogonal(nn.Linear(size, size, dtype=dtype), orthogonal_map=how)
        found[f"torch orthogonal ({how.capitalize() if how == 'cayley' else how})"] = (layer, list(layer.parameters()))
    weight, bias, scale = drawn(size, size), drawn(size), drawn(size)
    found["SLL"] = (lambda x: sll(x, weight, bias, scale), [weight, bias, scale])
    free, shift, psi = drawn(2 * size, size), drawn(size), drawn(size)
    found["sandwich"] = (lambda x: sandwich(x, free, psi, shift), [free, psi, shift])
    return found
