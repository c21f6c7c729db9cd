"""`keras-itra report`: a model or a comparison as one HTML page."""

import argparse
from pathlib import Path


def add_parser(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the command `report`."""
    parser = subparsers.add_parser(
        "report",
        help="show a trained model, or a comparison, on one HTML page",
        description="Write one HTML page, pictures inside, on a trained "
        "classifier (MODEL.keras, with --data), on a comparison (the folder "
        "that `keras-itra compare` wrote) or on an experiment (the file "
        "NAME/SCALE.json that `keras-itra reproduce` wrote).",
    )
    parser.set_defaults(command=report)
    add = parser.add_argument
    add("source", metavar="MODEL.keras|DIR|FILE.json")
    add(
        "--out",
        metavar="PAGE.html",
        help="the page (default: beside the source)",
    )
    model = parser.add_argument_group(
        "of a model", "Data as they were split for its training."
    )
    add = model.add_argument
    add("--data", metavar="NAME|PATH", help="as for `keras-itra compare`")
    add("--data-dir", metavar="DIR", help="folder of the data set")
    add(
        "--train-size",
        type=int,
        metavar="N",
        help="training rows, as in training",
    )
    add(
        "--validation-size",
        type=int,
        metavar="N",
        help="rows that fit the temperature; the model must not be trained "
        "on them",
    )
    add(
        "--feature-layer",
        metavar="NAME",
        help="layer whose output is the feature (default: what enters the "
        "final linear layer)",
    )
    add(
        "--class-names",
        type=lambda text: text.split(","),
        metavar="NAME,...",
        help="names of the classes, in their order (default: 0, 1, ...)",
    )


def report(options: argparse.Namespace) -> None:
    """Write the page and say where it is."""
    from keras_itra import reports
    from keras_itra.validation import require

    source = Path(options.source)
    out = options.out or (
        source / "report.html"
        if source.is_dir()
        else source.with_suffix(".html")
    )
    require(not Path(out).is_dir(), "`--out` to be a file", out=str(out))
    of_model = ["data", "data_dir", "train_size", "validation_size"]
    of_model += ["feature_layer", "class_names"]
    if source.suffix != ".keras":
        given = [name for name in of_model if getattr(options, name)]
        require(
            not given,
            "options of a model for a file that ends in .keras only",
            source=options.source,
            given=given,
        )
    if source.is_dir():
        reports.comparison_report(source, out=out)
    elif source.suffix == ".json":
        reports.experiment_report(source, out=out)
    else:
        _model(options, out)
    print(out)


def _model(options: argparse.Namespace, out: str | Path) -> None:
    from keras_itra import datasets, experiments, reports
    from keras_itra.validation import require

    source = Path(options.source)
    require(
        source.suffix == ".keras" and source.is_file(),
        "a model file that is there and ends in .keras, a folder, or a file "
        "that ends in .json",
        source=options.source,
    )
    require(
        options.data is not None,
        "`--data` beside a model",
        data=options.data,
    )
    splits = experiments.make_splits(
        datasets.load(options.data, options.data_dir),
        train_size=options.train_size,
        validation_size=options.validation_size,
    )
    reports.model_report(
        source,
        splits,
        feature_layer=options.feature_layer,
        class_names=options.class_names,
        out=out,
    )
