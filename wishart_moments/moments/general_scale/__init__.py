"""Moments at a general scale Σ by the loop equations of a marked power sum: whole tables and single moments."""
