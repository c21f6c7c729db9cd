"""A loss on a projection that the model trains and saves."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_itra import ITRAModel
from keras_itra.experiments.rivals import (
    Projected,
    SupervisedContrastive,
    linear_on_frozen,
    projection_head,
)
from keras_itra.losses import CenterLoss, WithinClassSpread
from tests.cases import BAD_INPUT
from tests.experiments.rivals.cases import (
    LABELS,
    WEIGHTS,
    classifier,
    compiled,
    draw,
    three_classes,
)


def test_the_loss_sees_the_projection():
    features, loss = draw(), SupervisedContrastive()
    projected = Projected(loss, projection_head(3, 2))
    w, b, v, c = projected.projection.get_weights()
    hidden = np.maximum(features @ w + b, 0) @ v + c
    np.testing.assert_allclose(
        ops.convert_to_numpy(
            projected(LABELS, features, sample_weight=WEIGHTS)
        ),
        ops.convert_to_numpy(loss(LABELS, hidden, sample_weight=WEIGHTS)),
        rtol=1e-5,
    )


def test_fit_trains_the_projection_and_saves_it(tmp_path):
    x, y = three_classes()
    projected = Projected(SupervisedContrastive(), projection_head(8, 4))
    initial = projected.projection.get_weights()
    model = compiled(
        ITRAModel.from_model(
            linear_on_frozen(classifier()),
            feature_layer="features",
            alignment=projected,
            alignment_weight=1.0,
            pairing="none",
            seed=0,
        )
    )
    history = model.fit(x, y, batch_size=20, epochs=4, verbose=0).history
    assert history["alignment"][-1] < history["alignment"][0] - 0.15
    assert model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"] > 0.9
    trained = projected.projection.get_weights()
    assert all(
        not np.array_equal(a, b) for a, b in zip(initial, trained, strict=True)
    )
    # Nothing of it is left in the classifier.
    assert model.inference_model().count_params() == classifier().count_params()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").alignment
    for a, b in zip(trained, loaded.projection.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_the_loss_needs_reaches_it():
    center = CenterLoss(num_classes=4, feature_dim=2)
    projected = Projected(center, projection_head(3, 2))
    assert projected.layers == [projected.projection, center.memory]
    projected(LABELS, draw())
    assert np.abs(np.array(center.centers)).max() > 0
    told = Projected(WithinClassSpread(), projected.projection).for_classes(7)
    assert told.loss.num_classes == 7
    assert told.projection is projected.projection
    alone = SupervisedContrastive(gather=False)
    assert Projected(alone, projection_head(3, 2)).gather is False


@pytest.mark.parametrize(
    "make",
    [
        lambda: Projected("supcon", projection_head(3, 2)),
        lambda: Projected(SupervisedContrastive(), 2),
        lambda: Projected(SupervisedContrastive(), keras.layers.Dense(2)),
        lambda: projection_head(0, 2),
        lambda: projection_head(3, 1.5),
    ],
)
def test_bad_arguments_are_refused(make):
    with pytest.raises(ValueError, match=BAD_INPUT):
        make()
