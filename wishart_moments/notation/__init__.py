"""Formulas as trees, made from polynomials, rational functions and words, and written as text, LaTeX and SymPy."""
