"""torchvision for measurements: as training imports it, so that both find the same one."""

from zenith._common.vision import import_torchvision, with_torchvision

__all__ = ["import_torchvision", "with_torchvision"]
