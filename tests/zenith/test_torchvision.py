"""torchvision imports, and its non-maximum suppression is the textbook's."""

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from zenith._common import vision
from zenith._common.vision import import_torchvision, non_maximum_suppression, with_torchvision


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def naive(boxes, scores, threshold):
    kept = []
    for i in sorted(range(len(scores)), key=lambda i: (-scores[i], i)):
        if all(overlap(boxes[i], boxes[j]) <= threshold for j in kept):
            kept.append(i)
    return kept


box = st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(1, 20)] * 2)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(box, st.integers(0, 5)), max_size=30),  # few scores, so that ties occur
    threshold=st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]),
)
def test_suppression_is_the_naive_one(rows, threshold):
    boxes = [(float(x), float(y), float(x + w), float(y + h)) for (x, y, w, h), _ in rows]
    scores = [score / 5 for _, score in rows]
    kept = non_maximum_suppression(
        torch.tensor(boxes, dtype=torch.float64).reshape(-1, 4), torch.tensor(scores, dtype=torch.float64), threshold
    )
    assert kept.tolist() == naive(boxes, scores, threshold)
    assert kept.dtype == torch.int64


def test_torchvision_imports_and_suppresses():
    torchvision = import_torchvision()
    assert import_torchvision() is torchvision
    corner = torch.rand(50, 2, generator=torch.Generator().manual_seed(0))
    boxes = torch.cat([corner, corner + 0.4], dim=1)
    scores = torch.linspace(1, 0, 50)
    kept = torchvision.ops.nms(boxes, scores, 0.3)
    assert kept.tolist() == naive(boxes.tolist(), scores.tolist(), 0.3)
    assert 1 < len(kept) < 50


def test_core_imports_without_torchvision():
    code = (
        "import sys, landscape.curvature.hessian, landscape.objective.detection, zenith.tasks.detection; "
        "assert 'torchvision' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_only_the_known_failures_are_handled(monkeypatch):
    class Failing:
        """Finds torchvision before anybody else, and fails."""

        def __init__(self, error):
            self.error = error

        def find_spec(self, name, *_):
            if name == "torchvision":
                raise self.error

    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Failing(ModuleNotFoundError("no", name="torchvision")), *sys.meta_path])
    with pytest.raises(ModuleNotFoundError, match=r"torchvision is not installed.*zenith-landscape\[vision\]"):
        import_torchvision()
    for error in (ModuleNotFoundError("no", name="PIL"), RuntimeError("another reason")):
        monkeypatch.setattr(sys, "meta_path", [Failing(error), *sys.meta_path])
        with pytest.raises(type(error), match=str(error)):
            import_torchvision()


def test_what_imports_torchvision_is_loaded_where_its_operators_are_missing():
    """As by torchmetrics, which a user's file or an unpickled metric imports."""
    code = (
        "import importlib, sys, torch; from zenith._common.vision import with_torchvision; "
        "assert 'torchvision' not in sys.modules; "
        "module = with_torchvision(lambda: importlib.import_module('torchvision.ops')); "
        "print(module.nms(torch.tensor([[0.0, 0.0, 9.0, 9.0]]), torch.ones(1), 0.5).tolist())"
    )
    import_torchvision()
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[0]\n"

    calls = []

    def failing(error):
        calls.append(error)
        raise error

    for error in (RuntimeError("operator torchvision::nms does not exist"), ValueError("something else")):
        calls.clear()
        with pytest.raises(type(error), match=str(error)):
            with_torchvision(lambda error=error: failing(error))
        assert len(calls) == (2 if "nms" in str(error) else 1)


@pytest.mark.parametrize(("package", "load"), [("torchvision", "import_torchvision"), ("timm", "import_timm")])
def test_what_is_missing_comes_with_the_command_that_installs_it(package, load, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        ModuleNotFoundError,
        match=rf"^{package} is not installed: pip install 'zenith-landscape\[vision\]' torch==[\d.]+$",
    ):
        getattr(vision, load)()
