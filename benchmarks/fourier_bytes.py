"""Bytes of a step for the alignment of several replicas, in both forms."""

FLOAT = 4
#: Replicas N, rows of S1 and S2 together, features d, classes K, dimension D.
SETTINGS = (
    (2, 256, 64, 10, 1024),
    (8, 2048, 512, 10, 1024),
    (8, 2048, 2048, 10, 1024),
    (64, 16384, 2048, 10, 1024),
    (8, 2048, 512, 100, 1024),
    (8, 2048, 512, 1000, 1024),
    (64, 16384, 2048, 1000, 4096),
)


def gathered_bytes(replicas: int, rows: int, width: int) -> float:
    """What a replica sends in a ring all-gather of the features."""
    return (replicas - 1) / replicas * rows * width * FLOAT


def fourier_numbers(width: int, classes: int, dim: int) -> int:
    """Numbers that `FourierAlignment(mode="conditional")` sums in a step."""
    statistics = classes * (width + 1) + 2 + 2 * classes
    return statistics + classes + classes * dim


def fourier_bytes(replicas: int, width: int, classes: int, dim: int) -> float:
    """What a replica sends in ring all-reduces of the Fourier form."""
    numbers = fourier_numbers(width, classes, dim)
    return 2 * (replicas - 1) / replicas * numbers * FLOAT


def byte_table() -> str:
    """Bytes of both forms in a few settings, in Markdown."""
    lines = [
        "| replicas N | rows | features d | classes K | D "
        "| gathered, kB | Fourier, kB | gathered / Fourier |",
        "|" + " ---: |" * 8,
    ]
    for replicas, rows, width, classes, dim in SETTINGS:
        gathered = gathered_bytes(replicas, rows, width)
        fourier = fourier_bytes(replicas, width, classes, dim)
        lines.append(
            f"| {replicas} | {rows} | {width} | {classes} | {dim} "
            f"| {gathered / 1e3:,.0f} | {fourier / 1e3:,.0f} "
            f"| {gathered / fourier:.2f} |"
        )
    return "\n".join(lines)
