"""What memories of different sizes keep of the gain of two mini-batches."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.pairings import BASELINE, PAPER, kept, share_table


def main(arguments: Sequence[str] | None = None) -> None:
    """Read a comparison, print and save the table of shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("comparison", type=Path, help="folder of a comparison")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    results = json.loads((options.comparison / "results.json").read_text())
    table = share_table(
        {
            method: kept(results, method)
            for method in results["methods"]
            if method not in (BASELINE, PAPER)
        }
    )
    print(table.to_markdown())
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "shares.md").write_text(table.to_markdown())


if __name__ == "__main__":
    main()
