from ._torchvision import import_torchvision as import_torchvision
from .detection import detection_loss as detection_loss
from .objective import Objective as Objective
