"""The same seed gives the same bits: no sum whose order TensorFlow chooses.

Its optimizer makes one operation, `AddN`, of a chain of additions. That one
starts with whatever term nobody else needs at that moment.
"""

import pytest
from keras import ops

from keras_itra import kernels

pytestmark = pytest.mark.tensorflow


def longest_sum(outputs_of):
    """Most terms added at once, for outputs of a `(4, 4)` matrix."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default():
        # Neither constant nor fed, of which nothing is optimized.
        distances = tf.random.uniform((4, 4))
        # What is asked for is left as it is.
        largest = [ops.max(output) for output in outputs_of(distances)]
        metadata = v1.RunMetadata()
        with v1.Session() as session:
            session.run(
                largest,
                options=v1.RunOptions(output_partition_graphs=True),
                run_metadata=metadata,
            )
    nodes = [node for part in metadata.partition_graphs for node in part.node]
    assert nodes
    return max(
        (len(node.input) for node in nodes if node.op == "AddN"), default=0
    )


def test_a_chain_of_additions_is_one_operation():
    def outputs_of(distances):
        terms = ops.exp(distances), ops.sqrt(distances), ops.square(distances)
        return [ops.exp(terms[0] + terms[1] + terms[2])]

    assert longest_sum(outputs_of) == 3


@pytest.mark.parametrize("multipliers", [(0.5, 1, 2, 4, 8), (1, 3, 9)])
@pytest.mark.parametrize(
    "kernel",
    [
        kernels.Gaussian,
        kernels.Laplacian,
        kernels.RationalQuadratic,
        kernels.InverseMultiquadric,
    ],
)
def test_kernels_add_two_terms_at_once(kernel, multipliers):
    import tensorflow as tf

    kernel = kernel(multipliers=multipliers)

    def outputs_of(distances):
        pairs = kernel.pairs(distances, distances[:, :1] + 1.0)
        features, together = distances, ops.ones_like(distances)
        matrix = kernel.matrix(features, features[:, 0] >= 0.0, together)
        (gradient,) = tf.gradients(matrix.values, features)
        return pairs.values, pairs.pull, matrix.values, gradient

    assert longest_sum(outputs_of) <= 2
