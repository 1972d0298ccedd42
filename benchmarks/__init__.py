"""One claim per file: what the engine is said to do in how long, beside what one would use instead.

`python -m benchmarks` runs all claims (or those named) and writes results/<name>.json; `python -m benchmarks --table`
writes README.md from these files alone.
"""

CLAIMS = (
    "wick_count",
    "single_trace_polynomial",
    "numeric_moments",
    "power_sum_tables",
    "general_scale",
    "data_sized_scale",
    "general_scale_resolvent",
    "mimo_capacity",
    "inverse_moments",
    "words",
    "inverse_words",
    "manova",
    "extreme_eigenvalues",
    "zonal_evaluation",
    "hermitian_hypergeometric",
    "james",
    "import_time",
    "table_command",
    "generated_code",
    "exact_variance",
    "certified",
    "certified_agreement",
    "certificates",
    "monte_carlo",
    "depth_laws",
    "truncation",
    "ldlt_layer",
    "ldlt_chain",
    "ldlt_conv",
    "certified_points",
    "training_throughput",
    "higgs_reading",
    "higgs",
    "relu_population",
)
"""The modules with a claim, in the order of the table. Each has a function `cases(quick)`."""
