"""The product of a batch with one matrix for each frequency, y = F*M F x, F the Fourier transform of each channel.

Torch's derivative of a real Fourier transform takes a complex one of the whole grid; it is a real one itself. With it a
step takes two transforms of x and two of the gradient.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

fft: Any = torch.fft


def circulate(x: Tensor, matrices: Tensor) -> Tensor:
    """Return F*MF x (rows, g m, h, w) for x (rows, g n, h, w) and M (frequencies, g, m, n) at those of `rfft2`.

    Differentiable any number of times; on the frequencies that pair up inside M its Hermitian part counts.

    Example:
        >>> x = torch.randn(2, 3, 4, 5)
        >>> bool(torch.allclose(circulate(x, torch.eye(3).to(torch.complex64).expand(12, 1, 3, 3)), x, atol=1e-6))
        True
    """
    (rows, channels, h, w), (points, groups, m, n) = x.shape, matrices.shape
    spectrum = fft.rfft2(x) if torch.compiler.is_compiling() else _transform(x)
    # A batch of matrices with rows of neighbouring numbers, as products want them.
    flat = spectrum.reshape(rows * channels, points).mT.contiguous().reshape(points, rows, groups, n)
    image = (flat.transpose(1, 2) @ matrices.mT).transpose(1, 2).reshape(points, rows * groups * m)
    return fft.irfft2(image.mT.reshape(rows, groups * m, h, w // 2 + 1), s=(h, w))


class Transform(Function):
    """x ↦ F x at half of the frequencies."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return fft.rfft2(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:  # noqa: ARG004
        ctx.size = inputs[0].shape[-2:]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """The inverse adds ω and −ω, of which the transform has one: half of it, where they differ."""
        width = ctx.size[1]
        once = torch.full((width // 2 + 1,), 0.5, dtype=grads[0].real.dtype, device=grads[0].device)
        once[:: max(width // 2, 1) if width % 2 == 0 else width] = 1
        return fft.irfft2(grads[0] * once, s=ctx.size, norm="forward")

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor) -> Tensor:  # noqa: ARG004
        return fft.rfft2(tangents[0])


_transform: Any = Transform.apply  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
