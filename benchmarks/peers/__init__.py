"""What one would use instead: the same formulas written down plainly, and other people's packages."""
