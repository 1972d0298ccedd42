"""Moments of S^{-1}, and of both signs: exact rational functions, and when they are finite."""
