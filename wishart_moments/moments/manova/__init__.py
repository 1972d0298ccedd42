"""Moments of B = S_1(S_1 + S_2)^{-1} and F = S_1 S_2^{-1} for two independent Wishart matrices: MANOVA."""
