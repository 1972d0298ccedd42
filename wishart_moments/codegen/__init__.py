"""From exact tables to generated code: the catalogue, the tables, and one emitter for every language."""

from wishart_moments.codegen.catalogue import (
    CATALOGUE,
    CatalogueEntry,
    moments_table,
    trace_moment_table,
    variance_series_table,
)
from wishart_moments.codegen.catalogue_families import family_table
from wishart_moments.codegen.catalogue_words import word_table
from wishart_moments.codegen.generate import Problem, check, checkout_root, generate
from wishart_moments.codegen.heads import TableError
from wishart_moments.codegen.provenance import provenance
from wishart_moments.codegen.rendering import FORMATS, render
from wishart_moments.codegen.table_json import table_from_json, table_to_json
from wishart_moments.codegen.tables import AnyTable, FamilyTable, Table
from wishart_moments.codegen.word_tables import WordTable

__all__ = [
    "CATALOGUE",
    "FORMATS",
    "AnyTable",
    "CatalogueEntry",
    "FamilyTable",
    "Problem",
    "Table",
    "TableError",
    "WordTable",
    "check",
    "checkout_root",
    "family_table",
    "generate",
    "moments_table",
    "provenance",
    "render",
    "table_from_json",
    "table_to_json",
    "trace_moment_table",
    "variance_series_table",
    "word_table",
]
