"""Laws of the extreme eigenvalues at finite size, each value with a proved error."""
