"""Training on several replicas of `tf.distribute`."""

from keras_itra.distribution.replicas import (
    gather_rows,
    replica_count,
    sum_over_replicas,
)

__all__ = ["gather_rows", "replica_count", "sum_over_replicas"]
