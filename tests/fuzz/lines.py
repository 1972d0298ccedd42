"""Valid command lines, the values of options, and garbage for the words of a command line."""

LINES = """
table --max-k 3
table --max-k 2 --products --format latex
table --max-k 2 --inverse --beta 2 --format csv
table --max-k 2 --scale symbolic --format json
table --max-k 2 --products --format python
table --max-k 3 --m 4 --n 9 --output table.txt
table --max-k 2 --scale sigma.csv --n 9
table --max-k 3 --format c
table --words --beta 2 --format csv
table --max-k 3 --covariances --inverse --format r
verify --max-k 3 --beta 2 --json
draw 3 --output wick.svg
draw 2 --matching 0-3,1-2 -o one.svg
moment 3 2 1 --m 4 --n 7 --sigma 1/2
moment -2 1
moment 2 --beta 1/2 --format latex
moment 1 --power 2 --scale symbolic
moment 1 --power -1
moment --power -1 --scale [[2,1],[1,2]] --n 9 --format json
moment 2 1 --scale sigma.csv --n 9
moment 3 --method wick
cumulant 2 1 --m 4 --n 7 --sigma 2
cumulant 2 2 --scale symbolic --format latex
cumulant -1 -1 --scale symbolic
manova 2 1 --m 3 --n1 4 --n2 20 --beta 2
manova 2 --of F --format latex
gaussian 6 --beta 2
roy 0.9 --m 4 --n1 2 --n2 33 --of F --json
extreme 5 --m 3 --n 5 --survival
density 1 5 --n 5 --scale [[2,1],[1,2]] --json
hypergeometric [[1,0],[0,2]] --upper 1/2 --lower 2 --log
ridge --alpha 5 --n 9 --scale [[2,1],[1,2]] --quantity second
determinant 1/2 --m 2 --n 5
determinant h --scale [[2,1],[1,2]] --n 5 --format latex
log-determinant --m 2 --n 5 --other-n 6 --json
log-determinant --n 5 --scale [[2,1],[1,2]] --other-scale sigma.csv
entry 1,2 1,2 --inverse --n 9 --scale [[2,1],[1,3]]
entry 1,2 3,4 --format json
kronecker -2 --n 9 --scale [[2,1],[1,3]]
variance --m 4 --n 7 --sigma he --method all --draws 100 --digits 20
variance --m 4 --n 7 --sigma 1/2 --alpha 2 --gamma 3 --method series --order 4 --json
certify 4x4 3x5 --sigma he --sigma 10/sqrt(n) --digits 15
sigma --m 4 --n 7 --target 0.5 --alpha 1/2 --json
depth --widths 28,16x3,1 --sigma he --architecture chain --activation relu
depth --widths 4,4,4 --sigma 0.5 --alpha 2 --gamma 2 --json
word "S A S B" --format latex
word "tr(S A) S^2" --beta 2 --symmetric A
word "S A S" --mean S=M
word "S A S" --at n=3 --at "Sigma=[[2,1],[1,2]]" --at "A=[[0,1],[0,0]]"
word "S1 A S2" --columns S1=p --scale I
zonal 2 1 --beta 2 --normalisation J
zonal 2 1 --inverse-mean --m 3 --n 9
zonal 2 --mean --scale sigma.csv --n 5 --format json
zonal 2 1 --monomials 3
plot variance --m 4 --n 7 --order 3 --output variance.svg
plot density --m 4 --n 7 --draws 10 --output density.svg
plot depth --widths 8,16,1 --output depth.svg
report empty
higgs prepare header.csv prepared
higgs describe synthetic --rows 2000 --json
higgs describe header.csv --features low
higgs download folder
benchmark truncation --quick
generate --check
train --out run --depth 2 --width 8 --epochs 1 --sigma he --lr 1e-3 --match-step
train --out run --depth 2 --width 8 --epochs 1 --sigma predicted(0.3) --match-step --step-length 2
train --out run --architecture mlp --activation relu --optimizer adam --alpha 0.1 --lipschitz 2
sweep --out study --sigma he,shared --depth 2 --seeds 0-2 --epochs 1
relu start --d 4 --epsilon 0.1 --draws 50
relu field --k 2
relu critical --k 2 --d 3 --starts 2
""".strip().splitlines()

# Appended to the words of commands that would run long, listen, write into the tree or use the network: refused.
# One of the lists is drawn, so that what the others would hide is reached too.
REFUSED = {
    "sweep": [["--data", "nowhere.csv", "--workers", "x"], ["--retries", "x"], ["--start", ";"], ["--seeds", "x"]],
    "train": [["--data", "nowhere.csv"], ["--data", "empty.csv"], ["--data", "header.csv"], ["--epochs", "0"]],
    "generate": [["--bogus"], ["word"], ["--check", "--into"]],
    "higgs download": [["--url", "nowhere:x"], ["--url", ""], ["--bogus"]],
    "benchmark truncation": [["--sizes", "0"], ["--draws", "x"], ["--sizes", "9-1"], ["--seed", "-1"]],
    "relu convergence": [["--d", "0"], ["--trials", "x"], ["--time", "nan"]],
    "relu errors": [["--d", "0"], ["--trials", "x"], ["--seed", "-1"]],
    "relu basins": [["--points", "0"], ["--k", "x"]],
}

# Commands that a word may turn into a server or an endless run whatever follows it.
NEVER: frozenset[str] = frozenset({"--help"})

# How many of these are asked for may well take long: small numbers, and such as nothing can reach.
COUNTS = frozenset(
    {"draws", "trials", "epochs", "starts", "points", "rows", "time", "max_order", "workers", "test_rows"}
)

VALUES = {
    "max_k": ["1", "2", "3"],
    "m": ["1", "3", "4", "10"],
    "n": ["1", "5", "7", "11/2", "12"],
    "sigma": ["1/2", "he", "10/sqrt(n)", "0.1", "s", "0"],
    "alpha": ["1", "1/10", "2.5"],
    "gamma": ["1", "2"],
    "beta": ["1", "2", "4", "1/2", "b"],
    "scale": ["symbolic", "I", "[[2,1],[1,2]]", "sigma.csv", "header.csv", "empty.csv", "[[a,b],[b,a]]"],
    "format": ["text", "latex", "json", "csv", "python", "c", "cpp", "javascript", "julia", "markdown"],
    "method": ["auto", "all", "wick", "zonal", "series", "simulate", "limit", "certified"],
    "power": ["1", "2", "-1", "-2"],
    "parts": ["1", "2", "3", "-1", "-2"],
    "kappa": ["1", "2", "2"],
    "orders": ["1", "2", "3"],
    "output": ["out.txt", "out.svg", "out.png", "out.pdf", "sigma.csv", "missing/out.svg", ".", "/dev/full", "/proc/x"],
    "out": ["run", "sigma.csv", "missing/run", ".", "/proc/x"],
    "folder": ["empty", "sigma.csv", "missing", "."],
    "source": ["header.csv", "empty.csv", "binary.bin", "missing.csv", ".", "synthetic"],
    "shapes": ["4x4", "1x1", "3x7", "10x4"],
    "widths": ["4,4", "28,16x3,1", "1,2,3"],
    "target": ["0.5", "0.1", "0.99"],
    "digits": ["5", "20", "50"],
    "activation": ["relu", "leaky_relu:0.1", "tanh", "identity"],
    "architecture": ["chain", "mlp", "residual"],
    "at": ["n=3", "m=2", "Sigma=[[2,1],[1,2]]", "A=[[0,1],[0,0]]", "A=2", "Sigma=sigma.csv"],
    "mean": ["S=M", "X=M"],
    "columns": ["S1=p", "S2=q"],
    "symmetric": ["A", "B", "A,B"],
    "contraction": ["0-3,1-2", "0-1,2-3,4-5"],
    "normalisation": ["C", "J", "P"],
}

INTEGERS = ["0", "1", "2", "3", "4"]

NUMBERS = [
    *("", " ", "x", "0", "-1", "-0", "1", "2", "+2", "2.0", "2.5", "1/2", "-1/2", "1/0", "0/0", "1e400", "1e-400"),
    *("1e5000", "1e-5000", "1e309", "1e308", "1e170", "1e-200", "1e-160", "5e-324", "1e9999", "1e99999", "-1e400"),
    *("64", "1000", "100000", "99999999999", "99999999999999999999", "9" * 400, "nan", "inf", "٣", "1_000", "he"),
    "10/sqrt(n)",
]

WORDS = [
    *NUMBERS,
    *("NaN", "-nan", "-inf", "Infinity", "None", "True", "true", "1__0", "0x10", "0b1", "1j"),
    *("４", "²", "½", "Ⅻ", "1e٣", "−1", "∞", "σ", "é", "\u202e1", "\ufeff1", "\x1b[31m", "\udcff", "a\nb", "\t"),
    *("9" * 5000, "a" * 5000),
    *("[", "]", "[]", "[[]]", "[[1]]", "[[0]]", "[[1,2],[2,1]]", "[[1,2],[3]]", "[[1e400]]", "[[nan]]", "[[1,,2]]"),
    *("[[1,1],[1,1]]", "[[2,1j],[-1j,2]]", "[[1,0],[0,1e-400]]", "[[a,b],[b,c]]", "[[[1]]]", "[[٣]]", "[[1;2]]"),
    *("a=b", "=", "n=", "=3", "n=3=4", "Sigma=", "A=[[]]", "n=1e400", "n=0", "A=nowhere", "A=empty.csv", "A=nan"),
    *("sqrt(n)", "1/n", "n", "m", "1/(n-n)", "he*2", "10/sqrt(-n)", "sqrt(" * 400 + "n" + ")" * 400, "n**9**9**9"),
    *("--", "-", "---", "-x", "--bogus", "-1x", "--m=", "-o", "--json", "--force", "-h", "--version"),
    *(
        "0x0",
        "4x",
        "x4",
        "4x4x4",
        "-1x4",
        "4X4",
        "4×4",
        "99999999999x4",
        "1e3x4",
        "4x4,5x5",
        "4,4,",
        ",",
        "1,2,3",
        "4x0",
    ),
    *("0-3,1-2", "0-0", "0-1,0-1", "0-1-2", "1-", "-1-2", "9-1", "0-99999999999"),
    *("sigma.csv", "header.csv", "empty.csv", "binary.bin", "bom.csv", "empty", ".", "..", "nowhere", "/dev/null"),
    *("%s%n", "{0}", "$HOME", "`id`", "'", '"', "\\", "<script>", "leaky_relu:1e309", "leaky_relu:", "relu:2", "auto"),
]

# The files that lie in the folder where a command runs.
FILES = {
    "sigma.csv": b"2,1\n1,2\n",
    "header.csv": b'"","a","b"\n"a",2,1\n"b",1,2\n',
    "bom.csv": b"\xef\xbb\xbf2;1\r\n1;2\r\n",
    "empty.csv": b"",
    "binary.bin": bytes(range(256)),
}
