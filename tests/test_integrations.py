"""The packages of the dependency group `integrations` load beside this torch."""

import tomllib
from pathlib import Path

import pytest

GROUPS = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["dependency-groups"]


@pytest.mark.parametrize("requirement", GROUPS["integrations"])
def test_a_framework_loads(framework, requirement):
    assert framework(requirement.partition(">")[0].removesuffix("-skinny").replace("-", "_"))


def test_lazy_parts_load_too(framework):
    """Which import torchvision when they are asked for."""
    assert framework("lightning.pytorch").Trainer
    assert framework("transformers").Trainer
    assert framework("peft").LoraConfig
