"""The expected power sums of Wishart matrices by independent routes."""
