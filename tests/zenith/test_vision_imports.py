"""torchvision is imported whether its compiled operators load or not, and a missing one is a sentence."""

import subprocess
import sys

import pytest

from zenith._common import vision

BOTH = """
import sys, torch
from zenith._common.vision import import_torchvision
import landscape as ls
first, second = (import_torchvision, ls.import_torchvision)[:: int(sys.argv[1])]
assert first() is second()
boxes = torch.rand(60, 4)
boxes[:, 2:] += boxes[:, :2]
scores = torch.rand(60)
for threshold in (0.1, 0.5, 0.9):
    kept = first().ops.nms(boxes, scores, threshold)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    expected = []
    for i in scores.argsort(descending=True).tolist():
        pairs = [(boxes[i], boxes[j]) for j in expected]
        shared = [(torch.minimum(a[2:], b[2:]) - torch.maximum(a[:2], b[:2])).clamp(min=0).prod() for a, b in pairs]
        if all(s / (areas[i] + areas[j] - s) <= threshold for s, j in zip(shared, expected)):
            expected.append(i)
    assert kept.tolist() == expected
print(import_torchvision("transforms.v2").__name__)
"""


@pytest.mark.slow
@pytest.mark.parametrize("order", ["1", "-1"])
def test_it_is_the_same_torchvision_whoever_imports_it_first(order):
    done = subprocess.run([sys.executable, "-c", BOTH, order], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("torchvision.transforms.v2", "")


@pytest.mark.parametrize(("package", "load"), [("torchvision", "import_torchvision"), ("timm", "import_timm")])
def test_what_is_missing_comes_with_the_command_that_installs_it(package, load, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        ModuleNotFoundError, match=rf"^{package} is not installed: pip install 'zenith-landscape\[vision\]'$"
    ):
        getattr(vision, load)()
