from .checkpoints import Checkpoint as Checkpoint
from .checkpoints import CheckpointError as CheckpointError
from .losses import checkpoint_losses as checkpoint_losses
from .projection import Trajectory as Trajectory
from .projection import project as project
