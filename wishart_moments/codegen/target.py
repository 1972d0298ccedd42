"""A language that tables are written in: how it writes integers, and the template of its programs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wishart_moments.codegen.expressions import Expression, infix
from wishart_moments.codegen.programs import program
from wishart_moments.codegen.tables import AnyTable, written_label
from wishart_moments.codegen.word_schemes import WordScheme
from wishart_moments.templates import filled

TEMPLATES = Path(__file__).parent / "targets"


@dataclass(frozen=True)
class Target:
    """A language.

    Attributes:
        name: of the format, and of the templates NAME.jinja and, for tables of words, words_NAME.jinja.
        double: how an integer is written where values are floating-point numbers, or of any kind.
        whole: how it is written where they are exact.
        files: {path with {} for the table's name: the part of the template that goes there}.
        spelling: what is written otherwise than in Python: operators with their blanks, marks in names.
        words: filters of the template beside `double`, `whole` and `comment`, and other values.
    """

    name: str
    double: Callable[..., str]
    files: Mapping[str, str]
    whole: Callable[[int], str] = str
    spelling: Mapping[str, str] = field(default_factory=dict[str, str])
    words: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def source(self, table: AnyTable, part: str = "alone") -> str:
        """Return a program; part "alone" stands alone.

        Raises:
            LimitError: if a coefficient is beyond the doubles of the language.
        """

        def double(expression: Expression, *context: str) -> str:
            written = infix(expression, lambda c: self.double(c, *context))
            for python, here in self.spelling.items():
                written = written.replace(python, here)
            return written

        def whole(expression: Expression) -> str:
            return infix(expression, self.whole)

        def weighted(scheme: WordScheme, *context: str) -> str:
            """Return the sum of a word's matrices with their scalars."""
            return " + ".join(
                f"{double(u, *context) if isinstance(u, str) else f'({double(u, *context)})'} * {matrix}"
                for u, (_, matrix) in zip(scheme.scalars, scheme.terms, strict=True)
            )

        words = {
            "weighted": weighted,
            "double": double,
            "whole": whole,
            "comment": comment,
            "label": written_label,
            **self.words,
        }
        template = f"words_{self.name}.jinja" if table.kind == "words" else f"{self.name}.jinja"
        return filled(TEMPLATES / template, part=part, **words, **program(table))

    def sources(self, table: AnyTable) -> dict[str, str]:
        """Return the files of a table by their paths."""
        return {path.format(table.name): self.source(table, part) for path, part in self.files.items()}


def comment(lines: list[str], before: str, after: str = "") -> str:
    """Return lines of a comment."""
    return "\n".join(f"{before}{line}".rstrip() + after for line in lines)
