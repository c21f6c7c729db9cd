"""The files a reader opens: tables and pictures of a comparison."""

from collections.abc import Sequence

from keras_itra.experiments.comparison import Outcome
from keras_itra.experiments.figures import make_figures
from keras_itra.experiments.files import write_atomically
from keras_itra.experiments.results import tabulate, write_results
from keras_itra.experiments.storage import RunStore
from keras_itra.experiments.tables import (
    Table,
    make_difference_table,
    make_tables,
)


def write_report(
    store: RunStore,
    outcomes: Sequence[Outcome],
    references: Sequence[str] = (),
) -> list[Table]:
    """Write `results.json`, `results.csv`, `table.md` and the pictures.

    Args:
        store: The store of the comparison; the files go to its folder.
        outcomes: What `compare` returned.
        references: Methods, besides the baseline, that the others are
            compared with.

    Returns:
        The tables of the measures, and of their differences to the baseline
        and to each reference.
    """
    rows = tabulate(outcomes)
    compared = {name: tabulate(outcomes, name) for name in references}
    write_results(store.directory, store.settings, rows, compared)
    tables = make_tables(rows) + [
        make_difference_table(others, name) for name, others in compared.items()
    ]
    text = "\n".join(table.to_markdown() for table in tables)
    write_atomically(store.directory / "table.md", text.encode())
    for name, figure in make_figures(store, rows).items():
        figure.savefig(store.directory / f"{name}.png", dpi=150)
    return tables
