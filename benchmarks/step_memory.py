"""Peak memory of training with one variant; run in a process of its own."""

import json
import sys

from benchmarks.networks import networks
from benchmarks.peak_memory import print_growth
from benchmarks.step_variants import make_variant

STEPS = 3


def main() -> None:
    """Read the job, train a few steps and print the growth of memory."""
    job = json.loads(sys.argv[1])
    case = job["case"]
    network = networks(**job["sizes"])[case["network"]]
    variant = make_variant(
        job["name"], network, case["rows"], case["classes"], STEPS
    )
    print_growth(lambda: variant.model.fit(**variant.data, verbose=0))


if __name__ == "__main__":
    main()
