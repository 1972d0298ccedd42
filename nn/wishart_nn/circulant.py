"""The product of a batch with one matrix for each frequency, y = F*M F x, and its derivatives: the same kind again.

With F the two-dimensional Fourier transform of each channel, ⟨z, F*MFx⟩ is linear in z, M and x. Its gradient in x is
F*M*F z; that in M is (d/N) ẑ x̂*, summed over the batch, with d = 2 for the frequencies that stand for −ω too. So a step
takes two transforms of x and two of the gradient, where autograd through `torch.fft.rfft2` takes a complex one as well.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from wishart_nn.functions import batched

fft: Any = torch.fft


def circulate(x: Tensor, matrices: Tensor) -> Tensor:
    """Return F*MF x (rows, g m, h, w) for x (rows, g n, h, w) and M (frequencies, g, m, n) at those of `rfft2`.

    Differentiable any number of times; on the frequencies that pair up inside M its Hermitian part counts.

    Example:
        >>> x = torch.randn(2, 3, 4, 5)
        >>> bool(torch.allclose(circulate(x, torch.eye(3).to(torch.complex64).expand(12, 1, 3, 3)), x, atol=1e-6))
        True
    """
    if torch.compiler.is_compiling():
        return _inverse(_multiplied(_transform(x, matrices.shape[1]), matrices), x.shape[-2:])
    return _circulate(x, matrices)


class Circulate(Function):
    """(x, M) ↦ F*MF x."""

    @staticmethod
    def forward(x: Tensor, matrices: Tensor) -> tuple[Tensor, Tensor]:
        spectrum = _transform(x, matrices.shape[1])
        return _inverse(_multiplied(spectrum, matrices), x.shape[-2:]), spectrum

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, Tensor]) -> None:
        ctx.save_for_backward(*inputs, output[1])
        ctx.save_for_forward(*inputs)
        ctx.mark_non_differentiable(output[1])
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, Any]:
        x, matrices, spectrum = ctx.saved_tensors
        z, for_x, for_m = grads[0], *ctx.needs_input_grad
        if z is None:
            return None, None
        if torch.is_grad_enabled():
            return _circulate(z, matrices.mH) if for_x else None, _correlate(z, x, matrices) if for_m else None
        image = _transform(z, matrices.shape[1])
        return (
            _inverse(_multiplied(image, matrices.mH), x.shape[-2:]) if for_x else None,
            _summed(image, spectrum, x.shape[-2:]) if for_m else None,
        )

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> tuple[Tensor, None]:
        x, matrices = ctx.saved_tensors
        first, second = tangents
        parts = [] if first is None else [_circulate(first, matrices)]
        parts += [] if second is None else [_circulate(x, second)]
        return sum(parts[1:], parts[0]), None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> tuple[Any, Any]:
        x, matrices = (batched(info.batch_size, dim, each) for dim, each in zip(in_dims, args, strict=True))
        # Further groups.
        y: Any = _circulate(_grouped(x), matrices.movedim(0, 1).flatten(1, 2))
        return (y.unflatten(1, (info.batch_size, -1)).movedim(1, 0), x), (0, 0)


class Correlate(Function):
    """(z, x) ↦ (d/N) ẑ x̂*, the gradient of ⟨z, F*MF x⟩ in M; M gives the shape."""

    @staticmethod
    def forward(z: Tensor, x: Tensor, matrices: Tensor) -> Tensor:
        groups = matrices.shape[1]
        return _summed(_transform(z, groups), _transform(x, groups), x.shape[-2:])

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:  # noqa: ARG004
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, Any, None]:
        z, x, _ = ctx.saved_tensors
        return _circulate(x, grads[0]), _circulate(z, grads[0].mH), None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Tensor:
        z, x, matrices = ctx.saved_tensors
        parts = [] if tangents[0] is None else [_correlate(tangents[0], x, matrices)]
        parts += [] if tangents[1] is None else [_correlate(z, tangents[1], matrices)]
        return sum(parts[1:], parts[0])

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> tuple[Any, int]:
        z, x, matrices = (batched(info.batch_size, dim, each) for dim, each in zip(in_dims, args, strict=True))
        found: Any = _correlate(_grouped(z), _grouped(x), matrices.movedim(0, 1).flatten(1, 2))
        return found.unflatten(1, (info.batch_size, -1)).movedim(1, 0), 0


def _circulate(x: Tensor, matrices: Tensor) -> Tensor:
    function: Any = Circulate
    return function.apply(x, matrices)[0]


def _correlate(z: Tensor, x: Tensor, matrices: Tensor) -> Tensor:
    function: Any = Correlate
    return function.apply(z, x, matrices)


def _grouped(x: Tensor) -> Tensor:
    """(b, rows, c, h, w) as (rows, b c, h, w)."""
    return x.movedim(0, 1).flatten(1, 2)


def _transform(x: Tensor, groups: int) -> Tensor:
    """(frequencies, groups, rows, n): a batch of matrices with rows of neighbouring numbers, as products want them."""
    rows, channels, h, w = x.shape
    spectrum = fft.rfft2(x).reshape(rows * channels, h * (w // 2 + 1)).mT.contiguous()
    return spectrum.reshape(-1, rows, groups, channels // groups).transpose(1, 2)


def _inverse(spectrum: Tensor, size: tuple[int, ...]) -> Tensor:
    frequencies, groups, rows, m = spectrum.shape
    flat = spectrum.transpose(1, 2).reshape(frequencies, rows * groups * m)
    return fft.irfft2(flat.mT.reshape(rows, groups * m, size[0], size[1] // 2 + 1), s=size)


def _multiplied(spectrum: Tensor, matrices: Tensor) -> Tensor:
    return spectrum @ matrices.mT


def _summed(image: Tensor, spectrum: Tensor, size: tuple[int, ...]) -> Tensor:
    half = size[1] // 2 + 1
    twice = torch.full((half,), 2.0 / (size[0] * size[1]), dtype=image.real.dtype, device=image.device)
    twice[:: max(half - 1, 1) if size[1] % 2 == 0 else half] /= 2
    return image.mT @ spectrum.conj() * twice.repeat(size[0])[:, None, None, None]
