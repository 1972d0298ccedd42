"""Partitions, perfect matchings and the ribbon graphs of Wick contractions."""
