"""What is known of a variance, as text, as plots, as pages."""
