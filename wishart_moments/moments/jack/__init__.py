"""Zonal and Jack polynomials as objects, and hypergeometric functions of a matrix argument."""
