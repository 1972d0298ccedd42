"""Tables for the tests: those in the tree, and longer ones that nothing but the recurrence confirms."""

import os
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from wishart_moments.codegen import (
    AnyTable,
    FamilyTable,
    Table,
    WordTable,
    checkout_root,
    family_table,
    moments_table,
    table_from_json,
    variance_series_table,
)
from wishart_moments.moments.recurrence import TraceMomentTable

NAMES = ("trace_moments_real", "trace_moments_complex", "trace_moments_quaternion")
FAMILIES = tuple(
    f"{kind}_{field}"
    for kind in ("power_sums", "scaled_power_sums", "inverse_power_sums")
    for field in ("real", "complex")
)


@pytest.fixture(scope="session")
def every_table() -> dict[str, AnyTable]:
    """All tables in the tree, by name."""
    paths = sorted((checkout_root() / "tables").glob("*.json"))
    return {path.stem: table_from_json(path.read_text("utf-8")) for path in paths}


@pytest.fixture(scope="session")
def tables(every_table: dict[str, AnyTable]) -> dict[str, Table]:
    """The tables with an entry for every k."""
    return {name: table for name, table in every_table.items() if isinstance(table, Table)}


@pytest.fixture(scope="session")
def families(every_table: dict[str, AnyTable]) -> dict[str, FamilyTable]:
    """The tables with an entry for every partition."""
    found = {name: table for name, table in every_table.items() if isinstance(table, FamilyTable)}
    return {name: table for name, table in found.items() if not table.covariances}


@pytest.fixture(scope="session")
def covariances(every_table: dict[str, AnyTable]) -> dict[str, FamilyTable]:
    """The tables with an entry for every pair of powers."""
    found = {name: table for name, table in every_table.items() if isinstance(table, FamilyTable)}
    return {name: table for name, table in found.items() if table.covariances}


@pytest.fixture(scope="session", params=FAMILIES)
def family(request: pytest.FixtureRequest, families: dict[str, FamilyTable]) -> FamilyTable:
    """Each table with an entry for every partition."""
    return families[request.param]


@pytest.fixture(params=["words_real", "words_complex"])
def words(request: pytest.FixtureRequest, every_table: dict[str, AnyTable]) -> WordTable:
    """Each table of words in the tree."""
    found = every_table[request.param]
    assert isinstance(found, WordTable)
    return found


@pytest.fixture(scope="session")
def further_families() -> list[FamilyTable]:
    """Families that are not in the tree: quaternion ones, with fractions, and longer ones."""
    wanted = [("power_sums", 4, 4), ("scaled_power_sums", 4, 4), ("inverse_power_sums", 4, 4)]
    wanted += [("scaled_power_sums", 7, 2), ("inverse_power_sums", 6, 1)]
    return [family_table(kind, k, beta) for kind, k, beta in wanted]


@pytest.fixture(scope="session", params=NAMES)
def moments(request: pytest.FixtureRequest, tables: dict[str, Table]) -> Table:
    """Each table of trace moments in the tree."""
    return tables[request.param]


@pytest.fixture(scope="session")
def series(tables: dict[str, Table]) -> Table:
    """The table of the variance series."""
    return tables["variance_series"]


@pytest.fixture(scope="session")
def long_tables() -> dict[str, Table]:
    """Tables up to k = 20, with integers beyond 2^63, and their variance series."""
    found = {
        name: moments_table(Fraction(beta), dict(TraceMomentTable(20, beta)), {})
        for name, beta in zip(NAMES, (1, 2, 4), strict=True)
    }
    return {**found, "variance_series": variance_series_table(found["trace_moments_real"])}


@pytest.fixture(scope="session")
def value() -> Callable[[Table, int, int | Fraction, int | Fraction], Fraction]:
    """Σ c m^i n^j over the terms of an entry, exactly: independent of every emitter."""

    def evaluate(table: Table, k: int, m: int | Fraction, n: int | Fraction) -> Fraction:
        return sum((c * Fraction(m) ** i * Fraction(n) ** j for i, j, c in table.entries[k]), Fraction(0))

    return evaluate


@pytest.fixture(scope="session")
def variance(
    value: Callable[[Table, int, Fraction, Fraction], Fraction],
) -> Callable[..., Fraction]:
    """Var_K from the real moments, term by term, and its derivative: independent of the series."""

    def evaluate(
        moments: Table,
        order: int,
        m: int,
        n: int,
        sigma2: Fraction,
        alpha: Fraction,
        gamma: Fraction,
        *,
        derivative: bool,
    ) -> Fraction:
        terms = Fraction(0)
        for k in range(1, order + 1):
            power = k * sigma2 ** (k - 1) if derivative else sigma2**k
            terms += (-1) ** (k + 1) * value(moments, k, Fraction(m), Fraction(n)) / m * power / alpha**k
        return gamma**2 * terms

    return evaluate


@pytest.fixture(scope="session")
def gcc() -> str:
    """A C compiler; on the continuous integration there has to be one."""
    return _program("gcc")


@pytest.fixture(scope="session")
def node() -> str:
    """A JavaScript engine; on the continuous integration there has to be one."""
    return _program("node")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{name} is needed to run the generated code, and CI is set")
    if found is None:
        pytest.skip(f"{name} is not installed, so the generated code for it is not run")
    return str(Path(found))
