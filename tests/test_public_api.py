"""The public surface: its names, and examples that run."""

import importlib
import inspect
import re
import textwrap

import pytest

import keras_itra
from tests import fresh_process

#: Every public name. Removing one breaks users; adding one is a promise.
PUBLIC = {
    "keras_itra": [
        "ITRAModel",
        "WeightSearch",
        "__version__",
        "callbacks",
        "data",
        "diagnostics",
        "discrepancies",
        "distribution",
        "kernels",
        "layers",
        "losses",
        "metrics",
        "models",
        "tune_alignment_weight",
    ],
    "keras_itra.callbacks": [
        "AlignmentCheck",
        "AlignmentWeightController",
        "AlignmentWeightSchedule",
        "ExactBackup",
        "FeatureMonitor",
        "ProjectorSnapshots",
        "linear_ramp",
        "piecewise_constant",
    ],
    "keras_itra.data": ["PairedBatches", "epoch_order", "pair_batches"],
    "keras_itra.diagnostics": [
        "AlignmentShare",
        "ClassShares",
        "FeaturePulls",
        "GradientVariance",
        "Spread",
        "StepGradients",
        "adaptive_weights",
        "alignment_share",
        "class_shares",
        "compiled_step_gradients",
        "feature_pulls",
        "gradient_variance",
        "step_gradients",
    ],
    "keras_itra.discrepancies": [
        "conditional_mmd",
        "coral",
        "joint_mmd",
        "mmd",
        "within_class_spread",
    ],
    "keras_itra.distribution": [
        "gather_rows",
        "one_list_of_replicas",
        "replica_count",
        "sum_over_replicas",
    ],
    "keras_itra.kernels": [
        "Bandwidth",
        "Energy",
        "FixedBandwidth",
        "Gaussian",
        "InverseMultiquadric",
        "Kernel",
        "KernelMatrix",
        "Laplacian",
        "Linear",
        "MeanBandwidth",
        "MedianBandwidth",
        "Pairs",
        "RadialKernel",
        "RationalQuadratic",
        "as_features",
        "get",
    ],
    "keras_itra.layers": [
        "AlignmentRegularizer",
        "FeatureMemory",
        "RandomFourierFeatures",
    ],
    "keras_itra.losses": [
        "CenterLoss",
        "FeatureLoss",
        "FourierAlignment",
        "ITRAAlignment",
        "Terms",
        "WithinClassSpread",
    ],
    "keras_itra.metrics": [
        "BetweenClassScatter",
        "ClassMoments",
        "EquiangularVariation",
        "EquinormVariation",
        "ExpectedCalibrationError",
        "MaximalAngleDeviation",
        "PermutationTest",
        "Scatter",
        "SmallestClassAngle",
        "VariabilityCollapse",
        "WithinClassScatter",
        "accuracy",
        "auroc",
        "between_class_scatter",
        "class_mean_angles",
        "class_mean_distance",
        "cross_entropy",
        "davies_bouldin",
        "energy_score",
        "expected_calibration_error",
        "fit_temperature",
        "hypersphere_alignment",
        "hypersphere_uniformity",
        "mahalanobis_distance",
        "max_softmax",
        "mmd_permutation_test",
        "nearest_class_mean_accuracy",
        "nearest_class_mean_agreement",
        "nearest_neighbour_accuracy",
        "nearest_neighbour_purity",
        "relative_same_class_distance",
        "same_class_distance",
        "scatter",
        "self_duality",
        "silhouette",
        "within_class_scatter",
    ],
    "keras_itra.models": [
        "ITRAModel",
        "WeightSearch",
        "tune_alignment_weight",
    ],
}

#: What is imported by its own name and not through the package.
BESIDE = {
    "keras_itra.datasets": [
        "Dataset",
        "LOADERS",
        "fetch",
        "load",
        "load_archive",
        "load_folder",
        "load_keras",
        "load_texts",
        "load_tfds",
        "merge_classes",
        "mislabel",
        "split",
    ],
    "keras_itra.networks": [
        "CropAndFlip",
        "NETWORKS",
        "cnn",
        "five_conv",
        "get",
        "mlp",
        "mobilenet_v1",
        "mobilenet_v2",
        "resnet101",
        "resnet18",
        "resnet18_imagenet",
        "two_conv",
        "vgg13",
        "with_augmentation",
        "with_dropout",
    ],
    "keras_itra.plots": [
        "comparison_bars",
        "distance_histograms",
        "feature_map",
        "learning_curves",
        "pull_map",
        "reliability_diagram",
        "sweep",
    ],
    "keras_itra.reports": [
        "comparison_report",
        "experiment_report",
        "model_report",
    ],
}

#: Names that appear in signatures and that users do not start from.
WITHOUT_EXAMPLE = {
    "AlignmentShare",
    "Bandwidth",
    "ClassShares",
    "FeaturePulls",
    "FixedBandwidth",
    "GradientVariance",
    "KernelMatrix",
    "Pairs",
    "PermutationTest",
    "RadialKernel",
    "Spread",
    "StepGradients",
    "Terms",
    "WeightSearch",
    "as_features",
    "replica_count",
}


def public_objects(surface):
    """Classes and functions of a surface, as (module, name) pairs."""
    for module, names in surface.items():
        for name in names:
            found = getattr(importlib.import_module(module), name)
            if inspect.isclass(found) or inspect.isfunction(found):
                yield module, name


def examples(documented):
    """Code of the ```python fences in a docstring."""
    text = inspect.getdoc(documented) or ""
    fences = re.findall(r"^ *```python\n(.*?)^ *```", text, re.S | re.M)
    return [textwrap.dedent(code) for code in fences]


@pytest.mark.parametrize("module", PUBLIC)
def test_surface_is_pinned(module):
    package = importlib.import_module(module)
    assert sorted(package.__all__) == sorted(PUBLIC[module])
    for name in PUBLIC[module]:
        assert hasattr(package, name)


@pytest.mark.parametrize("module", BESIDE)
def test_surface_of_the_packages_beside_is_pinned(module):
    package = importlib.import_module(module)
    names = {
        name
        for name, found in vars(package).items()
        if not name.startswith("_") and not inspect.ismodule(found)
    }
    assert names == set(BESIDE[module])


def test_packages_beside_are_there_without_an_import():
    modules = [*BESIDE, "keras_itra.experiments"]
    names = ", ".join(f"{module}.__name__" for module in modules)
    printed = fresh_process.run(f"import keras_itra; print({names})")
    assert printed.split() == modules
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        keras_itra.nothing  # noqa: B018


def test_nothing_else_of_the_package_is_public():
    visible = {name for name in vars(keras_itra) if not name.startswith("_")}
    loaded = {
        *("configurable", "indexing", "overrides", "typing", "validation"),
        "version",
    }
    beside = {name.rpartition(".")[2] for name in BESIDE}
    assert visible - loaded - beside <= set(PUBLIC["keras_itra"]) | {
        "cli",
        "experiments",
    }


@pytest.mark.parametrize(
    ("module", "name"), sorted(public_objects(PUBLIC | BESIDE))
)
def test_every_public_object_is_documented(module, name):
    documented = getattr(importlib.import_module(module), name)
    assert len(inspect.getdoc(documented).splitlines()[0]) > 10
    own = documented.__doc__ is not None
    assert own, "the docstring is inherited"


@pytest.mark.parametrize(("module", "name"), sorted(public_objects(PUBLIC)))
def test_examples_run(module, name):
    documented = getattr(importlib.import_module(module), name)
    found = examples(documented)
    assert found or name in WITHOUT_EXAMPLE, "no example"
    for code in found:
        exec(compile(code, f"{module}.{name}", "exec"), {})


@pytest.mark.parametrize(
    "module",
    [*PUBLIC, *BESIDE],
)
def test_public_arguments_have_types(module):
    package = importlib.import_module(module)
    for _, name in public_objects({module: (PUBLIC | BESIDE)[module]}):
        found = getattr(package, name)
        signature = inspect.signature(
            found.__init__ if inspect.isclass(found) else found
        )
        for parameter in signature.parameters.values():
            assert parameter.name in ("self", "args", "kwargs") or (
                parameter.annotation is not inspect.Parameter.empty
            ), f"{name}({parameter.name})"
