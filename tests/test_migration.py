"""Both sides of every migration table run, and where they compute the same number they agree."""

import importlib
import importlib.util
import tomllib
import warnings
from pathlib import Path
from typing import Any

import documented
import pytest
import torch

CALLS: list[dict[str, Any]] = tomllib.loads((documented.ROOT / "docs" / "migration.toml").read_text())["call"]


def name(call: dict[str, Any]) -> str:
    return f"{call['tool']}: {call['what']}"


def run(code: str, expression: str | None) -> float | None:
    """Run one side from the beginning and return what it computed."""
    names = documented.start()
    names["criterion"] = torch.nn.CrossEntropyLoss()
    exec(code, names)
    if expression is None:
        return None
    value = eval(expression, names)
    return float(value.detach() if isinstance(value, torch.Tensor) else value)


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS, ids=name)
def test_both_sides_run_and_agree(call: dict[str, Any], tmp_path: Path) -> None:
    theirs, ours, difference = call.get("same", [None, None, 0.0])
    with documented.workplace(tmp_path):
        mine = run(call["ours"], ours)
    if importlib.util.find_spec(call["module"]) is None:
        pytest.skip(f"{call['tool']} is not installed: only our side was run")
    with documented.workplace(tmp_path / "theirs"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other libraries
        torch.manual_seed(0)
        if "fails" in call:
            with pytest.raises(Exception, match=call["fails"]):
                run(call["theirs"], theirs)
            return
        other = run(call["theirs"], theirs)
    if mine is not None and other is not None:
        assert mine == pytest.approx(other, rel=difference)
