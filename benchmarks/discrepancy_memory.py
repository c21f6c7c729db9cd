"""Peak memory of one discrepancy; run in a process of its own."""

import json
import sys

from benchmarks.discrepancy import features_of
from benchmarks.discrepancy_forms import Form
from benchmarks.peak_memory import print_growth


def main() -> None:
    """Read the job, compute once and print the growth of memory."""
    job = json.loads(sys.argv[1])
    features = features_of(job["rows"], job["width"])
    print_growth(Form(**job["form"]).prepare(features))


if __name__ == "__main__":
    main()
