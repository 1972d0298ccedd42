"""What the fuzzer of calls starts from: valid calls and plausible values, as source text.

A call is one Python expression over the names of `worker.namespace`. To cover a new function better than by its
signature alone, add a line here.
"""

CALLS = """
w.trace_moment(3, 4, 7)
w.trace_moment(2, 4, 7, sigma=0.5, beta=2, method="zonal")
w.trace_moment(3)
w.trace_moment(-2, 3, 9, sigma=F(1, 2))
w.trace_moment(-2, beta=x)
w.trace_moment(3, method="wick")
w.trace_product_moment([2, 1], 4, 7, sigma="1/3")
w.trace_product_moment([2, 1])
w.trace_product_moment([-1, -1], 3, 9, beta=2)
w.trace_product_moment([2, -1], 3, 9)
w.trace_product_moment([2, 1], n=5, scale=[[2, 1], [1, 2]])
w.trace_product_moment([2], scale=sympy.Matrix([[x, 0], [0, 1]]))
w.trace_product_moment([-1], n=9, scale=np.diag([1.0, 0.5]))
w.existence_condition([-2, 1], 2)
w.existence_condition([-1, -1])
w.matrix_moment(2, n=3, scale=[[2, 1], [1, 2]])
w.matrix_moment(-1, n=9, scale=np.array([[2.0, 1.0], [1.0, 2.0]]))
w.matrix_moment(1, [1], 5, m=3, sigma=2)
w.matrix_moment(2, beta=2).at([[1, 0], [0, 2]], 3)
w.matrix_moment(-2).at_identity(3, 9)
w.matrix_moment(1, [2]).as_expr()
w.matrix_moment(1, [-1]).latex()
w.entry_moment([(1, 2), (1, 2)], 5, scale=[[2, 1], [1, 2]])
w.entry_moment([(1, 2), (1, 2)])
w.kronecker_moment(2, 5, scale=[[2, 1], [1, 2]])
w.kronecker_moment(2, 5, scale=np.eye(2), beta=2)
w.TransitionTable(2).at([[2, 1], [1, 2]], 5)
w.TransitionTable(3, 2).matrix(5)
w.TransitionTable(2)[2,]
w.InverseTable(2, 1)
w.InverseTable(2).numerators((1, 1))
w.expected_word("S A S B")
w.expected_word("S A S B").at(n=3, Sigma=np.eye(2), A=[[0, 1], [0, 0]], B=np.eye(2))
w.expected_word("tr(S A) S^2", symmetric=["A"], beta=1)
w.expected_word("X^T A X B", scale={"X": "C"})
w.expected_word("S1 A S2", columns={"S1": "p", "S2": "q"}).as_expr()
w.expected_word("S A S", means={"S": "M"}).latex()
w.expected_word("S S", scale="I").at(n=3, m=2)
w.trace_cumulant([2, 1], 4, 7, sigma=F(1, 2))
w.trace_cumulant([1, 1, 1], n=5, scale=[[2, 1], [1, 2]])
w.trace_cumulant([2, 2])
w.trace_covariance(2, 1, 4, 7, beta=2)
w.trace_covariance(1, 1, n=5, scale=[[2.0, 1.0], [1.0, 2.0]])
w.trace_covariance(2, 2)
w.zonal_polynomial([2, 1])
w.zonal_polynomial([2, 1], beta=2, normalisation="J")([[2, 1], [1, 2]])
w.zonal_polynomial([2, 1]).at_identity(3)
w.zonal_polynomial([2]).as_monomials(3)
w.zonal_polynomial([2]).product(w.zonal_polynomial([1]))
w.zonal_polynomial([2]).inner_product(w.zonal_polynomial([1, 1]), 3)
w.zonal_polynomial([2]).normalised("P").expand({(2,): 1})
w.zonal_expansion({(2,): 1, (1, 1): F(1, 2)}, beta=1, normalisation="C")
w.zonal_values([[2, 1], [1, 2]], 3, beta=1)
w.zonal_values(np.diag([0.5, 0.25]), 3)
w.expected_zonal([2, 1], 4, 7, sigma="1/2")
w.expected_zonal([2], n=5, scale=[[2, 1], [1, 2]])
w.expected_inverse_zonal([2], 3, 9, beta=2)
w.expected_inverse_zonal([1], n=9, scale=[[2.0, 1.0], [1.0, 2.0]])
w.hypergeometric([1], [2], [[0.5, 0.1], [0.1, 0.3]])
w.hypergeometric([0.5], [1.5], [[0.3, 0.1], [0.1, 0.2]], y=np.diag([0.1, 0.4]), beta=2, tolerance=1e-8)
w.hypergeometric([], [], np.diag([0.5, 0.25]), order=6)
w.hypergeometric([0.5], [1.5], np.diag([0, 50.0, 900]), log=True)
w.hypergeometric_partial_sum([1], [F(5, 2)], [[F(1, 2), 0], [0, F(1, 3)]], 3)
w.hypergeometric_partial_sum([], [], [[F(1, 2), 0], [0, 1]], 4, beta=2)
w.largest_eigenvalue_cdf(7.0, 3, 5)
w.largest_eigenvalue_cdf(4, 2, 4, scale=[[2.0, 1.0], [1.0, 2.0]], tolerance=1e-8)
w.largest_eigenvalue_cdf(5, 3, 4, beta=2)
w.determinant_moment(2, 3, 5, sigma=0.5)
w.determinant_moment(-1, 3, 9)
w.determinant_moment(1, n=5, scale=[[2, 1], [1, 2]])
w.determinant_moment(2, 3)
w.determinant_moment("1/2", 2, 5)
w.condition_number_cdf(4, 2, 3, beta=2)
w.manova_trace_moment(2, 3, 4, 20, beta=2)
w.manova_trace_moment(3)
w.manova_trace_moment(-1, 3, 9, "41/2", method="recurrence")
w.f_trace_moment(2, 3, 4, 20)
w.f_trace_moment(-1, beta="3/2")
w.manova_trace_product_moment([2, 1], 3, 5, 7, beta=4)
w.manova_trace_product_moment([1, 1])
w.f_trace_product_moment([2, 1], 3, 5, 40, beta=F(1, 2), method="jack-kadell")
w.gaussian_trace_moment(6, 3, sigma="1/2", beta=2)
w.gaussian_trace_moment(4, beta=x)
w.JacobiSpectrum(3, 4, 20).expect(np.log1p)
w.JacobiSpectrum(3, 4, 20, beta=2).density([0.2, 0.5])
w.smallest_eigenvalue_cdf("1/2", 3, 4)
w.smallest_eigenvalue_cdf(1, 2, 3, scale=[[2, 1], [1, 2]], survival=True)
w.largest_eigenvalue_quantile("0.95", 4, 9)
w.smallest_eigenvalue_quantile(0.5, 3, 5, beta=2)
w.manova_largest_root_cdf(0.5, 3, 5, 7)
w.manova_largest_root_cdf("1/3", 2, 4, 9, beta=2, survival=True)
w.manova_largest_root_quantile("0.95", 2, 4, 9)
w.roy_test(0.9, 4, 2, 33, of="F")
w.log_determinant_mean(2, 5, sigma=0.5, beta=2)
w.log_determinant_mean(n=5, scale=[[2, 1], [1, 2]])
w.log_determinant_variance(2, "11/2", beta=4)
w.wishart_entropy(2, 5, sigma=2)
w.wishart_entropy(n=5, scale=np.array([[2.0, 1.0], [1.0, 2.0]]))
w.wishart_divergence(w.Wishart(2, 5), w.Wishart(2, 6))
w.expected_word("S^-1 A S^-1").at(n=9, Sigma=[[2, 1], [1, 3]], A=[[1, 2], [3, 4]])
w.expected_word("tr(S1 S2^-1)", scale="I").condition
w.kronecker_moment(-2, 9, scale=[[2, 1], [1, 3]])
w.entry_moment([(1, 2), (1, 2)], 9, scale=[[2, 1], [1, 3]], inverse=True)
w.trace_covariance(-1, -1, 2, 8)
w.expected_resolvent(1, 3, [[1, 0], [0, 4]])
w.ridge_degrees_of_freedom(2, 3, np.diag([1.0, 4.0]), beta=2, sigma=0.5)
w.expected_log_determinant(0, 3, [[1, 0], [0, 4]])
w.expected_projection(1, [[1, 0], [0, 4]])
w.condition_number_cdf(20, 3, 5)
w.condition_number_cdf(9, 4, "9/2", beta=2)
w.ridge_bounds(20, 3, [[1, 0], [0, 4]], order=6)
w.pseudoinverse_trace_moment(1, 10, 4)
w.expected_pseudoinverse(4, 2)
w.RibbonGraph((3,), ((0, 1), (2, 3), (4, 5)))
w.RibbonGraph((2, 1), ((0, 3), (1, 2), (4, 5))).genus
w.RibbonGraph((2,), ((0, 1), (2, 3))).graph()
w.WishartSpectrum(3, 5).expect(np.sqrt)
w.WishartSpectrum(3, 9, 2).expect(lambda t: 1 / t)
w.WishartSpectrum(4, 4).expect(lambda t: np.log1p(t), sigma=0.5)
w.WishartSpectrum(3, 5).expect(lambda t: t > 2, points=[2])
w.WishartSpectrum(3, 5).moment(2)
w.WishartSpectrum(3, 5).density([0.5, 1.5])
w.WishartSpectrum(3, 5, 2).cumulative(2.0)
w.WishartSpectrum(5, 3).resolvent([0.5, 1.0])
w.WishartSpectrum(3, 5).zeros
w.output_variance(4, 7, 0.5)
w.output_variance(4, 7, [0.5, 1.0], alpha=2, gamma=3)
w.output_variance(4, 7, 0.1, method="series", order=3)
w.output_variance(4, 7, 0.3, method="monte-carlo", draws=50, seed=1)
w.backward_variance(4, 7, 0.5, alpha=0.5, gamma=2)
w.variance_gradient(4, 7, 0.5, alpha=1.5)
w.certified_variance(4, 4, F(1, 2), digits=20)
w.certified_variance(10, 7, "1/3", alpha=2, gamma=F(1, 2), digits=30, method="auto").decimal(10)
w.certified_variance(4, 7, "he", digits=5).certificate().check()
w.certified_resolvent(4, 7, "1/3", alpha=2, digits=10).certificate()
w.moment_certificate(-2, 3, 8, beta=2).check()
w.existence_certificate([-2, 1], 3, F(13, 2), beta=4).check()
w.fractional_moment("1/2", 3, F(7, 2), sigma=0.5, beta=2, digits=20)
w.half_integer_moments(3, 2, 4, beta=1)
w.series_variance(4, 7, 0.1, alpha=1, order=5)
w.optimal_order(4, 7, 0.2, alpha=1, max_order=50)
w.moment_bounds(4, 7, 0.5, alpha=1, gamma=1, order=5)
w.limit_variance(4, 7, 0.5, order=2)
w.simulate_variance(3, 4, 0.5, alpha=1, draws=50, seed=0)
w.simulate_variance(3, 4, 0.5, draws=50, method="bidiagonal", beta=2)
w.fluctuation(3, 4, 0.5, alpha=0.1, gamma=2)
w.alpha_for(4, 7, 0.5, sigma=0.5)
w.solve_sigma(4, 7, 0.5, alpha=1, gamma=2)
w.best_sigma([8, 16, 16, 1], architecture="chain", activation="relu", alpha=1.0)
w.depth_profile([8, 16, 16, 1], 0.5, alpha=1.0, gamma=2.0, architecture="chain", activation="tanh")
w.depth_profile([4, 4, 4], [0.5, 0.2])
""".strip().splitlines()

# Records that users are handed and do not build; their methods are called on results.
UNCALLED = frozenset(
    {
        "Certificate",
        "Enclosure",
        "HypergeometricValue",
        "MatrixMoment",
        "ProvedValue",
        "WordMoment",
        "ZonalPolynomial",
        "__version__",
    }
)

# Plausible values by the name of an argument, for arguments that are added and for functions without a call above.
PLAUSIBLE = {
    "m": ["1", "2", "4", "6.0", "np.int64(3)", "None"],
    "n": ["1", "2", "5", "9", "12", "F(11, 2)", '"11/2"', "7.5", "np.int64(6)", "None"],
    "k": ["1", "2", "3", "-1", "-2"],
    "r": ["1", "2", "-1", "0"],
    "sigma": ["1", "0.5", "F(1, 3)", '"1/2"', '"he"', '"10/sqrt(n)"', "[0.1, 0.5]", "x", "0"],
    "alpha": ["1", "0.1", "F(1, 10)", "[1.0, 2.0]"],
    "gamma": ["1", "2.0", "F(1, 2)"],
    "beta": ["1", "2", "4", "F(1, 2)", "x", '"1/2"'],
    "scale": ["None", "[[2, 1], [1, 2]]", "np.eye(2)", "np.diag([1.0, 1e-3])", '"I"', "sympy.Matrix([[x, 0], [0, 1]])"],
    "method": [
        '"auto"',
        '"wick"',
        '"zonal"',
        '"series"',
        '"limit"',
        '"exact"',
        '"monte-carlo"',
        '"dense"',
        '"recurrence"',
    ],
    "digits": ["10", "30", "1"],
    "order": ["0", "1", "2", "5"],
    "draws": ["2", "50"],
    "seed": ["0", "7", "None"],
    "tolerance": ["1e-6", "1e-12"],
    "architecture": ['"chain"', '"mlp"', '"residual"'],
    "activation": ['"relu"', '"leaky_relu:0.1"', '"tanh"', '"identity"'],
    "normalisation": ['"C"', '"J"', '"P"'],
    "points": ["[1.0]", "(0.5, 2)"],
}
