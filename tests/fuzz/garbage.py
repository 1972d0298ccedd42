"""What no argument is, or hardly ever, and values in another dress: Python expressions as text."""

GARBAGE = """
None
True
np.bool_(False)
0
-1
-7
64
1000
10**6
10**9
10**30
10**5000
-(10**5000)
0.5
-0.0
1e-160
1e-300
5e-324
1e16
1e200
1.7e308
float("nan")
float("inf")
float("-inf")
1j
1 + 2j
complex("nan")
F(1, 3)
F(-7, 2)
F(10**400, 3)
F(1, 10**400)
D("0.1")
D("1e9999")
D("1e-9999")
D("NaN")
D("Infinity")
D("sNaN")
np.int8(3)
np.uint64(2**64 - 1)
np.int64(-(2**63))
np.float16(0.3)
np.float32("nan")
np.float64(1e308)
np.longdouble("1e4000")
np.complex64(1 + 1j)
np.datetime64("2020-01-01")
np.timedelta64(3, "D")
np.str_("3")
np.array(3)
np.array([1, 2])
np.array([])
np.array([[1.0, 2.0]])
np.zeros((2, 2))
np.zeros((2, 2, 2))
np.zeros((0, 0))
np.ones((3, 0))
np.eye(3)
np.eye(2, dtype=bool)
np.eye(2) * 1e200
np.eye(2) * 1e-200
np.diag([1.0, 1e-11])
np.diag([1.0, 1e-300])
np.array([[1.0, np.nan], [np.nan, 1.0]])
np.array([[np.inf, 0.0], [0.0, 1.0]])
np.array([[2, 1j], [-1j, 2]])
np.array([[1, 2], [2, 1]])
np.array([["a", "b"], ["b", "a"]])
np.array([[F(1, 2), 0], [0, x]], dtype=object)
np.array([None, object()])
np.ma.masked_array([1.0, 2.0], [True, False])
x
x**2 + 1
-x
sympy.pi
sympy.I
sympy.oo
sympy.nan
sympy.zoo
sympy.Rational(1, 3)
sympy.Float("1e-400")
sympy.Float("0.1", 50)
sympy.Integer(10**400)
sympy.true
sympy.sqrt(2)
sympy.Symbol("q", commutative=False)
sympy.Symbol("p", positive=True)
sympy.Matrix([[1, 2], [2, 1]])
sympy.Matrix([[2, sympy.I], [-sympy.I, 2]])
sympy.eye(2) * x
sympy.zeros(0, 0)
sympy.MatrixSymbol("A", 2, 2)
sympy.Function("f")(x)
sympy.Poly(x)
sympy.Interval(0, 1)
sympy.Eq(x, 1)
flint.fmpz(3)
flint.fmpq(1, 3)
flint.arb("0.5 +/- 1")
flint.arb("nan")
mpmath.mpf("1e-5000")
mpmath.mpc(1, 1)
""
" "
"x"
"3"
"1/2"
"1/0"
"-1"
"nan"
"inf"
"1e400"
"1e99999"
"1e-99999"
"1_000"
"0x10"
"\\u0663"
"\\u00b2"
"\\u00bd"
"\\u216b"
"a\\x00b"
"\\n"
"\\ud800"
"he"
"lecun"
"10/sqrt(n)"
"1/(n-n)"
"sqrt(" * 400 + "n" + ")" * 400
"n**n**n**n"
"9" * 5000
"auto"
"identity"
"symbolic"
b"3"
bytearray(b"1")
[]
()
{}
set()
[[]]
[None]
[True]
[0]
[1, 1, 1, 1]
[1] * 40
[2] * 200
[10**9]
[10**30]
[-1]
[-1, -1]
[1, -1]
[-3]
[2, [1]]
["2", "1"]
[2.0, 1.0]
[float("nan")]
[1e308, 1e308]
[0.0, 0.0]
[1j, 0]
[1, 2, 3]
(1, 2)
(2, 1, 0, 0)
range(3)
iter([1, 2])
[[1, 2], [3]]
[[1]]
[[0]]
[[1, 2], [2, 1]]
[[1, 2], [3, 4]]
[[1, 1], [1, 1]]
[["1/2", "0"], ["0", "1e400"]]
[[F(1, 2), F(1, 3)], [F(1, 3), 1]]
[[D("0.1")]]
[[10**400, 0], [0, 1]]
[[1e308, 0], [0, 1e-308]]
[[x, y], [y, x]]
[[2, 1j], [-1j, 2]]
[[None, 1], [1, 2]]
[[[1]]]
[[1]] * 50
{(2,): 1}
{(2,): x}
{(1, 2): 1}
{"A": 1}
{"S": "C", "A": "B"}
{1: 2}
{(3,): None}
object()
int
len
lambda *a, **k: None
lambda t: t
lambda t: 1 / t
lambda t: t ** -1.4
lambda t: 1 / (t + 1j)
lambda t: np.nan * t
lambda t: "x"
lambda t: t > 1
lambda t: np.exp(t)
lambda t: t[:1]
lambda t: None
lambda t: 1 // 0
np.log
np.exp
...
NotImplemented
slice(1)
type("Odd", (), {"__index__": lambda self: 3})()
type("Odd", (float,), {})(0.5)
type("Odd", (), {"__float__": lambda self: 1 / 0})()
type("Odd", (), {"__array__": lambda self, *a, **k: np.eye(2)})()
w
w.WishartError("x")
w.trace_moment
w.trace_moment(2)
w.matrix_moment(1)
w.zonal_polynomial([1])
w.certified_variance(1, 1, 1)
""".strip().splitlines()

# What is put around a value that is there: one number in another dress.
DRESSES = """
-({0})
({0}) * 10**6
({0}) * 1e-200
({0}) * 10**400
({0}) + 0.5
({0}) / 7
[{0}]
({0}, {0})
[{0}, {0}, {0}]
np.array({0})
np.array({0}, dtype=float)
np.array({0}, dtype=object)
np.float32({0})
np.float64({0})
np.int64({0})
F({0})
D({0})
D(str({0}))
str({0})
repr({0})
float({0})
complex({0})
sympy.sympify({0})
sympy.Float({0})
x * ({0})
flint.fmpq({0})
mpmath.mpf({0})
{{"S": {0}}}
""".strip().splitlines()
