"""Training on several replicas of `tf.distribute`."""

from keras_itra.distribution.replicas import (
    gather_rows,
    one_list_of_replicas,
    replica_count,
    sum_over_replicas,
)

__all__ = [
    "gather_rows",
    "one_list_of_replicas",
    "replica_count",
    "sum_over_replicas",
]
