"""What a layer keeps of the data: linear CKA between two representations, effective rank of one."""

from typing import Any

import torch
from torch import Tensor

linalg: Any = torch.linalg


class Representation:
    """A centred representation with its Gram matrix, compared with others at the cost of one product each.

    Args:
        x: (rows, features).
    """

    def __init__(self, x: Tensor) -> None:
        wide = x.detach().double()
        self.x = wide - wide.mean(0)
        self.gram = self.x.T @ self.x

    def cka(self, other: "Representation") -> float:
        """Return the linear CKA of the two, see `linear_cka`."""
        xx, yy, yx = self.gram, other.gram, other.x.T @ self.x
        # Scaled first: what a deep network hands on may be as small as the square root of the least number.
        tops = [m.abs().max().item() for m in (xx, yy)]
        if not min(tops) > 0:
            return 0.0
        xx, yy, yx = xx / tops[0], yy / tops[1], yx / (tops[0] ** 0.5 * tops[1] ** 0.5)
        return min((yx.square().sum() / (linalg.matrix_norm(xx) * linalg.matrix_norm(yy))).item(), 1.0)

    def effective_rank(self) -> float:
        """Return the effective rank, see `effective_rank`."""
        top = self.gram.abs().max().item()
        if not top > 0:
            return 0.0
        values = linalg.eigvalsh(self.gram / top)
        # Below the rounding of the Gram matrix nothing is known.
        values = values[values > values[-1] * len(values) * torch.finfo(values.dtype).eps].sqrt()
        shares = values / values.sum()
        return float((-(shares * shares.log()).sum()).exp())


def linear_cka(x: Tensor, y: Tensor) -> float:
    """Return ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) of centred X and Y, Frobenius norms: 1 for equal up to rotation and scale.

    Args:
        x, y: (rows, features) and (rows, other features): two representations of the same rows.

    Returns:
        The centred kernel alignment with linear kernels, in [0, 1]; 0 where one of them is constant.

    Cost: rows × features², in float64.

    References: Kornblith, Norouzi, Lee, Hinton, arXiv:1905.00414, equation 5 and appendix.

    Example:
        >>> x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
        >>> round(linear_cka(x, 3 * x @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]]) + 7), 12)
        1.0
    """
    return Representation(x).cka(Representation(y))


def effective_rank(x: Tensor) -> float:
    """Return exp(−Σ p_i ln p_i), p_i = s_i/Σs, s the singular values of centred x: from 1 to the number of features.

    Args:
        x: (rows, features).

    Returns:
        The effective rank; 0 where x is constant.

    References: Roy, Vetterli, The effective rank, EUSIPCO 2007.

    Example:
        >>> round(effective_rank(torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])), 12)
        2.0
    """
    return Representation(x).effective_rank()
