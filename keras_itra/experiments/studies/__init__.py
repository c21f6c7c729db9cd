"""The paper's experiments and our own, each a name and a command."""

from keras_itra.experiments.material import load_splits as load_splits
from keras_itra.experiments.studies.describing import (
    describe_cell as describe_cell,
)
from keras_itra.experiments.studies.describing import estimate as estimate
from keras_itra.experiments.studies.describing import (
    list_experiments as list_experiments,
)
from keras_itra.experiments.studies.drawing import make_figure as make_figure
from keras_itra.experiments.studies.experiment import Cell as Cell
from keras_itra.experiments.studies.experiment import Experiment as Experiment
from keras_itra.experiments.studies.outlines import OUTLINES as OUTLINES
from keras_itra.experiments.studies.outlines import stand_in as stand_in
from keras_itra.experiments.studies.registry import EXPERIMENTS as EXPERIMENTS
from keras_itra.experiments.studies.registry import get as get
from keras_itra.experiments.studies.reporting import (
    command_of as command_of,
)
from keras_itra.experiments.studies.reporting import (
    read_record as read_record,
)
from keras_itra.experiments.studies.reporting import write_page as write_page
from keras_itra.experiments.studies.reporting import (
    write_report as write_report,
)
from keras_itra.experiments.studies.running import (
    random_content as random_content,
)
from keras_itra.experiments.studies.running import run as run
from keras_itra.experiments.studies.tabulating import (
    make_tables as make_tables,
)
