"""Words in Wishart, Gaussian and deterministic matrices: from the text to the expectation."""
