"""Present-day rivals of ITRA, as parts for the comparison."""

from keras_itra.experiments.rivals.frozen import (
    linear_on_frozen as linear_on_frozen,
)
from keras_itra.experiments.rivals.mixup import Mixup as Mixup
from keras_itra.experiments.rivals.orthogonal_projection import (
    OrthogonalProjection as OrthogonalProjection,
)
from keras_itra.experiments.rivals.projected import Projected as Projected
from keras_itra.experiments.rivals.projected import (
    projection_head as projection_head,
)
from keras_itra.experiments.rivals.supervised_contrastive import (
    SupervisedContrastive as SupervisedContrastive,
)
