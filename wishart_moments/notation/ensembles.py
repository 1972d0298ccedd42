"""What S is, in words: the matrix W behind it at β = 1, 2, 4, the β-Laguerre ensemble at any other β."""

from fractions import Fraction

FIELDS = {Fraction(1): "real", Fraction(2): "complex", Fraction(4): "quaternion"}

_ENTRIES = {
    Fraction(1): "real N(0, 1) entries",
    Fraction(2): "complex Gaussian entries with E |W_ij|^2 = 1",
    Fraction(4): "quaternion Gaussian entries with E |W_ij|^2 = 1; the trace counts each doubled eigenvalue once",
}


def ensemble(beta: Fraction, *, scaled: bool = False, root: str = "A") -> str:
    """Return what S is, at Σ = I or at a general scale Σ, whose root is called as is said.

    Example:
        >>> ensemble(Fraction(1))
        'S = W W^T, W an m x n matrix of independent real N(0, 1) entries'
        >>> ensemble(Fraction(2), scaled=True)
        'S = A W W^* A, A^2 = Sigma, W an m x n matrix of independent complex Gaussian entries with E |W_ij|^2 = 1'
    """
    if beta not in _ENTRIES:
        name, start = ("L", f"S = {root} L {root}, {root}^2 = Sigma, L") if scaled else ("S", "S")
        return f"{start} the m x m matrix of the beta-Laguerre ensemble with beta = {beta}, scaled to E tr {name} = m n"
    square = "W W^T" if beta == 1 else "W W^*"
    product = f"{root} {square} {root}, {root}^2 = Sigma" if scaled else square
    return f"S = {product}, W an m x n matrix of independent {_ENTRIES[beta]}"
