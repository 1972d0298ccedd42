"""The eigenvalues of S: densities, quadrature, enclosures, limits, samples."""
