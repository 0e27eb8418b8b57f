"""The methods that the detector is compared with: all of `methods.Method`, none of ours."""

from typing import Final

from netheed.training.baselines.autoencoders import AUTOENCODER, KITNET
from netheed.training.baselines.graph import GNN
from netheed.training.baselines.margins import ONE_CLASS_SVM, SVM
from netheed.training.baselines.recurrent import LSTM
from netheed.training.baselines.rules import HOST_Z_SCORE, RULES
from netheed.training.baselines.trees import GRADIENT_BOOSTING, ISOLATION_FOREST, RANDOM_FOREST
from netheed.training.methods import Method

BASELINES: Final[tuple[Method, ...]] = (
    AUTOENCODER,
    RANDOM_FOREST,
    SVM,
    LSTM,
    GNN,
    GRADIENT_BOOSTING,
    ISOLATION_FOREST,
    ONE_CLASS_SVM,
    KITNET,
    HOST_Z_SCORE,
    RULES,
)
"""In the order of the table."""
