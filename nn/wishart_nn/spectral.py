"""Circular convolutions as matrices, one for each frequency of the input's grid.

With stride s the pixels (si + p, sj + q) of a channel are s² channels on the grid h×w = H/s × W/s (space to depth). In
unitary Fourier coordinates, ω = 2π(k/h, l/w), a real kernel is the block diagonal of the m×n matrices

    M(ω)[o, (c, p)] = Σ_a w[o, c, a] e^{iω·t},  a − offset = s t + p,  n = s² channels/groups,  m = outputs/groups,

and M(−ω) is the conjugate: half of them, those of `torch.fft.rfft2`, are enough. So the norm of the convolution on this
grid is the greatest norm of an M(ω), and on no other grid.
"""

from dataclasses import dataclass
from math import pi
from typing import Any

import torch
from torch import Tensor, nn

from wishart_moments.errors import DomainError
from wishart_nn import admission
from wishart_nn.circulant import circulate
from wishart_nn.factors import full_precision

fft: Any = torch.fft


@dataclass(frozen=True)
class Grid:
    """Sizes of a convolution; those that do not fit each other raise a DomainError.

    Attributes:
        inputs, outputs, stride, groups: as nn.Conv2d has them.
        size, kernel: H, W of the input and of the kernel.
        zeros: whether the input stands in a larger grid of zeros, of which the output is a part; False where no tap
            meets a pixel outside the input.
    """

    inputs: int
    outputs: int
    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: int = 1
    groups: int = 1
    zeros: bool = False

    def __post_init__(self) -> None:
        s, sizes = self.stride, zip(self.kernel, self.size, strict=True)
        object.__setattr__(self, "zeros", self.zeros and any(k > min(s, 2) or n % s for k, n in sizes))
        if self.inputs % self.groups or self.outputs % self.groups:
            found = self.inputs, self.outputs
            raise DomainError(f"need channels that are multiples of groups = {self.groups}, got {found}")
        if not self.zeros and any(size % s for size in self.size):
            raise DomainError(f"need an input_size of multiples of the stride {s}, got {self.size}")
        if any(k > size for k, size in zip(self.kernel, self.whole, strict=True)):
            raise DomainError(f"need a kernel_size <= input_size, got {self.kernel} for {self.size}")

    @classmethod
    def of(cls, conv: nn.Conv2d, size: tuple[int, int]) -> "Grid":
        """Return the sizes of an nn.Conv2d at an input of height and width `size`, kept up to its stride."""
        (step, *others), kernel = set(conv.stride), (conv.kernel_size[0], conv.kernel_size[1])
        if others or set(conv.dilation) != {1} or conv.padding_mode not in ("zeros", "circular"):
            raise DomainError(f"need one stride, no dilation, zero or circular padding, got {conv}")
        wanted = tuple((k - 1) // 2 for k in kernel)
        given = wanted if conv.padding == "same" else (0, 0) if conv.padding == "valid" else tuple(conv.padding)
        if given != wanted or (step == 1 and conv.padding != "same" and any(k % 2 == 0 for k in kernel)):
            raise DomainError(f"need padding (kernel_size - 1)/2 = {wanted}, got {conv.padding}")
        return cls(conv.in_channels, conv.out_channels, size, kernel, step, conv.groups, conv.padding_mode == "zeros")

    @property
    def whole(self) -> tuple[int, int]:
        """H, W of the grid on which the convolution is circular."""
        s, around = self.stride, (self.kernel[0] - 1, self.kernel[1] - 1) if self.zeros else (0, 0)
        return -(-(self.size[0] + around[0]) // s) * s, -(-(self.size[1] + around[1]) // s) * s

    @property
    def coarse(self) -> tuple[int, int]:
        """h, w of the grid of the Fourier transform."""
        return self.whole[0] // self.stride, self.whole[1] // self.stride

    @property
    def frequencies(self) -> int:
        """The number of matrices kept: one of ω and −ω."""
        return self.coarse[0] * (self.coarse[1] // 2 + 1)

    @property
    def shape(self) -> tuple[int, int]:
        """m, n of a matrix."""
        return self.outputs // self.groups, self.stride**2 * self.inputs // self.groups

    @property
    def result(self) -> tuple[int, int, int]:
        """Channels, H, W of the output."""
        return self.outputs, -(-self.size[0] // self.stride), -(-self.size[1] // self.stride)

    def matrices(self, kernel: Tensor) -> Tensor:
        """Return M(ω) (frequencies, groups, m, n) of a kernel (outputs, inputs/groups, kh, kw); the centre is tap 0.

        By products with cos and sin: for a small kernel less work than Fourier transforms.
        """
        first, second = (self.waves(axis, kernel) for axis in (0, 1))
        half = self.coarse[1] // 2 + 1
        waves = torch.einsum("kpa,lqb->klpqab", first, second[:half]).reshape(-1, kernel[0, 0].numel())
        taps = kernel.flatten(2).permute(2, 0, 1).flatten(1)
        parts = torch.stack((waves.real, waves.imag)) @ taps
        (m, n), phases = self.shape, self.stride**2
        split = torch.complex(parts[0], parts[1]).reshape(self.frequencies, phases, self.groups, m, n // phases)
        return split.permute(0, 2, 3, 4, 1).reshape(self.frequencies, self.groups, m, n)

    def waves(self, axis: int, like: Tensor) -> Tensor:
        """Return e^{iωt} where a tap belongs to the phase, else 0: (frequencies, stride, taps) of one axis."""
        count, taps, s = self.coarse[axis], self.kernel[axis], self.stride
        places = torch.arange(taps, device=like.device) - (taps - 1) // 2
        steps = torch.div(places, s, rounding_mode="floor")
        turns = torch.arange(count, device=like.device)[:, None] * steps % count
        angle = (turns.double() * (2 * pi / count)).to(like.dtype)
        owner = places - s * steps == torch.arange(s, device=like.device)[:, None]
        return torch.polar(torch.ones_like(angle), angle)[:, None] * owner

    def kernel_of(self, matrices: Tensor) -> Tensor:
        """Return the real kernel (outputs, inputs/groups, H, W) of the whole grid, its first tap at the origin."""
        h, w = self.coarse
        (m, n), s = self.shape, self.stride
        # y_i = Σ_t w_t x_{i+t}: the inverse of e^{+iωt}.
        parts = matrices.conj().reshape(h, w // 2 + 1, self.groups, m, n).permute(2, 3, 4, 0, 1)
        taps = fft.irfft2(parts, s=(h, w)).reshape(self.groups * m, n // s**2, s, s, h, w)
        return taps.permute(0, 1, 4, 2, 5, 3).reshape(self.outputs, n // s**2, s * h, s * w)

    def apply(self, x: Tensor, matrices: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Tensor:
        """Return the convolution of x (…, inputs, H, W), rounded to a dtype: Fourier transform, products, and back."""
        if x.numel() == 0:  # which Fourier transforms refuse
            one = self.apply(x.new_zeros(1, *x.shape[-3:]), matrices, bias, dtype)
            return one[:0].reshape(*x.shape[:-3], *self.result)
        wide = matrices.real.dtype
        with full_precision(x):
            flat = x.to(wide).reshape(-1, *x.shape[-3:])
            if self.whole != self.size:
                below, right = (there - here for there, here in zip(self.whole, self.size, strict=True))
                flat = nn.functional.pad(flat, (0, right, 0, below))
            if self.stride > 1:
                flat = nn.functional.pixel_unshuffle(flat, self.stride)
            y = circulate(flat, matrices)[..., : self.result[1], : self.result[2]]
            y = y if bias is None else y + bias.to(wide)[:, None, None]
            return y.reshape(*x.shape[:-3], *self.result).to(dtype)

    def __str__(self) -> str:
        text = f"{self.inputs}, {self.outputs}, kernel_size={self.kernel}, input_size={self.size}, stride={self.stride}"
        text += f", groups={self.groups}" if self.groups > 1 else ""
        return text + (", padding_mode='zeros'" if self.zeros else "")


class CircularConv2d(nn.Module):
    """A circular convolution on one grid, evaluated by the Fourier transform: what an `LDLTConv2d` folds to.

    It takes inputs of this grid alone: on another grid the same kernel has another norm.

    Args:
        grid: the sizes.
        matrices: M(ω) (frequencies, groups, m, n), complex; the parameter `spectrum` has pairs of reals (…, 2).
        bias: (outputs,) or None.

    Raises:
        DomainError: on the call for inputs of another size; in `of` for a convolution that is none of the grid.

    Example:
        >>> conv = nn.Conv2d(2, 4, 3, padding=1, padding_mode="circular", dtype=torch.float64)
        >>> ours, x = CircularConv2d.of(conv, (8, 8)), torch.randn(5, 2, 8, 8, dtype=torch.float64)
        >>> bool(torch.allclose(ours(x), conv(x))), bool(torch.allclose(ours.plain()(x), conv(x)))
        (True, True)
    """

    def __init__(self, grid: Grid, matrices: Tensor, bias: Tensor | None = None) -> None:
        super().__init__()
        self.grid = grid
        self.spectrum = nn.Parameter(torch.view_as_real(matrices.detach().resolve_conj()).clone())
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone())

    @classmethod
    def of(cls, conv: nn.Conv2d, size: tuple[int, int]) -> "CircularConv2d":
        """Return an nn.Conv2d of circular or zero padding, or of a kernel of one, on a grid.

        Args:
            conv: the convolution; its weights are copied.
            size: H, W of the input; a DomainError unless the output is as large, or by the stride smaller.
        """
        grid = Grid.of(conv, size)
        return cls(grid, grid.matrices(conv.weight), conv.bias)

    @property
    def matrices(self) -> Tensor:
        """M(ω)."""
        return torch.view_as_complex(self.spectrum)

    def operators(self) -> Tensor:
        """Return the real matrices [Re M, −Im M; Im M, Re M] (frequencies · groups, 2m, 2n) in float64.

        Their greatest norm bounds the convolution as it is defined by its floats. Where rounding has left M(−ω) other
        than the conjugate of M(ω), what acts is the mean of one and the conjugate of the other; zeros around the input
        and cropping of the output add nothing.
        """
        real, imaginary = (each.flatten(0, 1) for each in self.spectrum.detach().to("cpu", torch.float64).unbind(-1))
        return torch.cat((torch.cat((real, -imaginary), -1), torch.cat((imaginary, real), -1)), -2)

    def forward(self, x: Tensor) -> Tensor:
        """Return y (…, outputs, H/s, W/s) for x (…, inputs, H, W)."""
        dtype = admission.inputs(x, self.spectrum, (self.grid.inputs, *self.grid.size))
        wide = self.spectrum.to(torch.promote_types(self.spectrum.dtype, torch.float32))
        return self.grid.apply(x, torch.view_as_complex(wide), self.bias, dtype)

    def plain(self) -> nn.Sequential:
        """Return an nn.Conv2d of the whole grid, for export, work H²W²; a DomainError for zero padding, which crops."""
        g = self.grid
        if g.zeros:
            raise DomainError("need circular padding for one nn.Conv2d, got zeros, whose output is cropped")
        kernel = g.kernel_of(self.matrices)
        conv = nn.Conv2d(g.inputs, g.outputs, g.whole, g.stride, groups=g.groups, bias=self.bias is not None).to(kernel)
        with torch.no_grad():
            conv.weight.copy_(kernel)
            if self.bias is not None and conv.bias is not None:
                conv.bias.copy_(self.bias)
        return nn.Sequential(nn.CircularPad2d((0, g.whole[1] - 1, 0, g.whole[0] - 1)), conv)

    def extra_repr(self) -> str:
        return f"{self.grid}, bias={self.bias is not None}"
