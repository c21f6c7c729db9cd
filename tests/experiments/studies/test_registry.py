"""The experiments have the published settings, and every row of the paper."""

import math

import pytest

from keras_itra.experiments import methods, studies
from keras_itra.experiments.studies import paper

IMAGES = {
    f"{data}-{network}"
    for data, networks in {
        "kmnist": ["five-conv"],
        "fashion-mnist": ["five-conv"],
        "cifar10": ["resnet18", "vgg13", "mobilenet-v1"],
        "stl10": ["resnet18", "vgg13", "mobilenet-v1"],
        "cifar100": ["resnet18", "vgg13", "mobilenet-v1"],
    }.items()
    for network in networks
}
TEXTS = {
    f"{data}-{encoder}"
    for data in ("agnews", "amazon", "yahoo", "yelp")
    for encoder in ("bert", "distilbert", "roberta")
}


def test_every_row_of_the_paper_is_an_experiment():
    pilots = {f"pilot-{d}" for d in ("qmnist", "kmnist", "fashion-mnist")}
    scales = {"batch-size-cifar100", "batch-size-imagenet2012"}
    figures = {"distance", "lambda", "features"}
    assert studies.EXPERIMENTS.keys() >= (
        IMAGES | TEXTS | pilots | scales | figures
    )


def test_published_settings_of_fashion_mnist():
    (cell,) = studies.get("fashion-mnist-five-conv").at("full")
    protocol = cell.protocol
    assert (protocol.network, protocol.epochs) == ("five-conv", 50)
    assert (protocol.batch_size, protocol.learning_rate) == (150, 0.01)
    assert (protocol.drops, protocol.drop) == ((20, 40), 0.2)
    assert (protocol.optimizer, protocol.momentum) == ("sgd", 0.5)
    assert not protocol.augmented
    assert cell.grids["itra-c"] == (0.2, 0.4, 0.6, 0.8, 1.0)
    assert cell.grids["center"] == (0.05, 0.1, 0.15, 0.2)


@pytest.mark.parametrize(
    ("name", "batch", "decay"),
    # Decoupled: momentum 0.5 doubles the paper's 5e-4 inside the gradient.
    [("cifar10", 150, 0.0), ("cifar100", 300, 5e-4 / (1 - 0.5))],
)
def test_published_settings_of_colour_images(name, batch, decay):
    for network in ("resnet18", "vgg13", "mobilenet-v1", "mobilenet-v2"):
        (cell,) = studies.get(f"{name}-{network}").at("full")
        protocol = cell.protocol
        assert (protocol.network, protocol.epochs) == (network, 150)
        assert (protocol.batch_size, protocol.learning_rate) == (batch, 0.5)
        assert (protocol.drops, protocol.drop) == ((50, 100), 0.1)
        assert (protocol.momentum, protocol.weight_decay) == (0.5, decay)
        assert protocol.augmented


def test_full_trains_on_all_but_a_few_thousand_images():
    for name in IMAGES:
        (cell,) = studies.get(name).at("full")
        held_out = 500 if name.startswith("stl10") else 5000
        assert cell.data.train_size is None
        assert cell.data.validation_size == held_out


def test_numbers_of_the_paper():
    numbers = studies.get("cifar10-resnet18").paper
    assert numbers["sgd"] == (92.99, 0.40)
    assert numbers["itra-c"] == (93.70, 0.27)
    assert studies.get("yelp-roberta").paper["itra-c"] == (63.32, 1.08)
    pilot = studies.get("pilot-qmnist").paper["sgd"]
    assert pilot[0] == 98.86
    assert math.isnan(pilot[1])


def test_every_comparison_makes_a_plan():
    for experiment in studies.EXPERIMENTS.values():
        for scale in ("smoke", *experiment.cells):
            for cell in experiment.at(scale):
                plan = cell.plan(3)
                assert plan.num_runs >= len(cell.methods)
                assert set(experiment.references) <= set(cell.methods)


def test_weights_of_the_command_line_go_to_the_methods_that_choose_one():
    (cell,) = studies.get("lambda").at("small")
    with pytest.raises(ValueError, match="an experiment that chooses one"):
        cell.plan(2, (0.5,))
    (cell,) = studies.get("rivals").at("small")
    grids = cell.plan(2, (0.5,)).grids
    assert grids["itra-c"] == grids["itra-c+weight-decay"] == (0.5,)
    assert "weight-decay" not in grids


def test_the_comparisons_of_an_experiment_differ():
    for experiment in studies.EXPERIMENTS.values():
        for cells in experiment.cells.values():
            settings = {repr((cell.data, cell.protocol)) for cell in cells}
            assert len(settings) == len(cells), experiment.name


def test_what_differs_from_the_paper_is_said_at_every_scale():
    for experiment in studies.EXPERIMENTS.values():
        if experiment.paper:
            assert experiment.differs.keys() == experiment.cells.keys()
    assert "XLNet" in studies.get("yelp-roberta").differs["full"]
    assert "QMNIST" in studies.get("pilot-qmnist").differs["full"]


def test_unknown_names():
    with pytest.raises(ValueError, match=r"Received: experiment='none'"):
        studies.get("none")
    with pytest.raises(ValueError, match=r"Received: scale='full'"):
        studies.get("fine-tuning").at("full")


def test_strengths_of_the_paper_are_methods():
    for name in paper.GRIDS:
        assert methods.get(name).grid
