"""What a machine checks: recurrences as theorems, results with certificates, and checkers that import none of it."""
