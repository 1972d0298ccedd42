"""A convolution whose singular values are γ s/√(α + s²) < γ: γ-Lipschitz on its grid for any kernel.

`LDLTLinear` at every frequency. On the grid of the input a circular convolution is one m×n matrix W(ω) for each
frequency (`wishart_nn.spectral`), here replaced by

    Y(ω) = γ L(ω)⁻¹W(ω),  αI + W(ω)W(ω)* = L(ω)L(ω)*    (m <= n; else γ W(ω)L(ω)^{-*}, αI + W(ω)*W(ω) = L(ω)L(ω)*),

or, "symmetric", by γ W(ω)(αI + W(ω)*W(ω))^{-1/2} of the same singular values. As Y(−ω) is the conjugate of Y(ω), it is
a real convolution; its kernel, unlike that of W, fills the whole grid, so it is evaluated by the Fourier transform. The
norm on this grid is max ‖Y(ω)‖ < γ.
"""

from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_nn import admission
from wishart_nn.convolution_law import convolution_sigma
from wishart_nn.factors import full_precision
from wishart_nn.functions import factored, plain, transformed
from wishart_nn.protocol import Law
from wishart_nn.single import Naming, SingleLayer
from wishart_nn.spectral import CircularConv2d, Grid
from wishart_nn.symmetric import inverse_root


class LDLTConv2d(SingleLayer):
    """y = Y * x + b, Y(ω) = γ W(ω)(αI + W(ω)*W(ω))^{-1/2} at each frequency ω of the grid, up to a rotation there.

    The operator depends on the grid: it takes inputs of `input_size` alone, and the bound holds there. The work of a
    step is that of two Fourier transforms of the batch and a factorisation of min(m, n)³ at each of about HW/(2s²)
    frequencies, m = out_channels/groups and n = s² in_channels/groups, whatever the kernel's size.

    Args:
        in_channels, out_channels: channels.
        kernel_size: of the free kernel W, a number or a pair; the centre is tap (k − 1)//2.
        input_size: H, W of the input, a number or a pair; multiples of the stride for circular padding.
        stride: s; by space to depth, s² in_channels on a grid of H/s × W/s.
        groups, bias: as nn.Conv2d has them.
        padding_mode: "circular", or "zeros": the input stands in a grid of H + kh − 1 × W + kw − 1 (rounded up to the
            stride) filled with zeros, on which the layer is circular, and the output is cropped to H/s × W/s; neither
            adds to the norm, so γ bounds that too.
        alpha, gamma, learn_alpha: as `LDLTLinear` takes them; α in units of W(ω)².
        factor: "cholesky", or "symmetric", computed in float64.
        sigma: σ of the kernel at the start, as `LDLTLinear` takes it with m and n of W(ω): "predicted" has
            Var[y] = 0.9 γ² min(1, n/m); "he" is the σ at which W(ω) has entries of variance 1/n.
        device, dtype: of the parameters.

    Attributes:
        raw_weight: W (out_channels, in_channels/groups, kh, kw), the free parameter.
        bias: b (out_channels,) or None.
        grid: the sizes.

    Raises:
        DomainError: for arguments out of their domain or that do not fit; on the call for inputs of another size, and
            for weights that are not finite.

    Example:
        >>> layer = LDLTConv2d(4, 8, 3, input_size=16, stride=2)
        >>> layer(torch.randn(5, 4, 16, 16)).shape
        torch.Size([5, 8, 8, 8])
        >>> layer(torch.randn(5, 4, 32, 32))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need inputs of shape (..., 4, 16, 16), got (5, 4, 32, 32), in LDLTConv2d...
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        *,
        input_size: int | tuple[int, int],
        stride: int = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: Literal["circular", "zeros"] = "circular",
        alpha: float = 1.0,
        gamma: float = 1.0,
        learn_alpha: bool = False,
        factor: admission.Factor = "cholesky",
        sigma: float | str = "predicted",
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        nn.Module.__init__(self)
        inputs, outputs = domain.size(in_channels, "in_channels"), domain.size(out_channels, "out_channels")
        size, kernel = _pair(input_size, "input_size"), _pair(kernel_size, "kernel_size")
        step, parts = domain.size(stride, "stride"), domain.size(groups, "groups")
        zeros = domain.choice(padding_mode, ("circular", "zeros"), "padding_mode") == "zeros"
        self.grid = Grid(inputs, outputs, size, kernel, step, parts, zeros)
        self.factor: admission.Factor = admission.factor_name(factor)
        self.sigma = sigma
        options: dict[str, Any] = {"bias": bias, "learn_alpha": learn_alpha, "device": device, "dtype": dtype}
        shape = (outputs, inputs // parts, *kernel)
        self.begin(shape, alpha, gamma, f"convolution {self.grid}, factor {factor}", **options)

    def sigmas_at(self, alpha: float, sigma: float | str, target_variance: float | None = None) -> float:
        given: Any = {"target_variance": target_variance, "alpha": alpha, "gamma": self.gamma}
        return convolution_sigma(self.grid, admission.shared_out(sigma, 1), **given)

    def constrained(self) -> Tensor:
        """Return Y(ω) (frequencies, groups, m, n), differentiable."""
        symmetric = self.factor == "symmetric"
        wanted = torch.promote_types(self.raw_weight.dtype, torch.float64 if symmetric else torch.float32)
        with Naming(self), full_precision(self.raw_weight):
            # Here, for in the transform one such entry spoils all.
            seen = plain(self.raw_weight) and not (torch.compiler.is_compiling() or transformed())
            if seen and not (finite := self.raw_weight.isfinite()).all():
                raise DomainError(f"need finite weights, got {self.raw_weight[~finite][0].item()}")
            alpha, gamma = self.scalars()
            weight = self.grid.matrices(self.raw_weight.to(wanted))
            wide = self.grid.shape[0] <= self.grid.shape[1]
            # For m > n the transpose does, for its factor is the conjugate of that of W(ω)*W(ω).
            short = weight if wide else weight.mT
            v = inverse_root(short, alpha) @ short if symmetric else factored(short, alpha).v
            single = torch.promote_types(self.raw_weight.dtype, torch.complex64)
            return gamma * (v if wide else v.mT).to(single)

    def forward(self, x: Tensor) -> Tensor:
        """Return y (…, out_channels, H/s, W/s) for x (…, in_channels, H, W)."""
        with Naming(self):
            dtype = admission.inputs(x, self.raw_weight, (self.grid.inputs, *self.grid.size))
        matrices = self.constrained() if torch.compiler.is_compiling() else self.present(self.factor)
        return self.grid.apply(x, matrices, self.bias, dtype)

    def folded_weights(self) -> list[Tensor]:
        """Return [the kernel (out_channels, in_channels/groups, H, W) of the whole grid], differentiable."""
        return [self.grid.kernel_of(self.constrained()).to(self.raw_weight.dtype)]

    def fold(self) -> CircularConv2d:
        """Return a plain module with Y(ω) as its weights; `.plain()` of it is an nn.Conv2d of the whole grid."""
        with torch.inference_mode(False), torch.no_grad():
            folded = CircularConv2d(self.grid, self.constrained(), self.bias)
            return folded.to(self.raw_weight.dtype).train(self.training)

    def law_now(self) -> Law:
        m, n = self.grid.shape
        return Law((n, m), (self.alpha.item(),), (self.gamma,))

    def extra_repr(self) -> str:
        return f"{self.grid}, bias={self.bias is not None}, {self.shown_law()}, factor={self.factor!r}"


def _pair(value: Any, name: str) -> tuple[int, int]:
    pair = tuple(cast("list[Any]", value)) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        domain.size(value, name)
    return domain.size(pair[0], name), domain.size(pair[1], name)
