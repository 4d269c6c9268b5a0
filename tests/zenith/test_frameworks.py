"""The recipes of docs/guide/frameworks.md, with the packages themselves: what is resumed and recorded is as in one's
own loop."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import documented
import pytest
import torch
from torch import nn

from zenith import Zenith, ZenithLR

pytestmark = pytest.mark.slow

PAGE = (documented.ROOT / "docs" / "guide" / "frameworks.md").read_text(encoding="utf-8")
CLIPPED = "the gradient norms look cut to"
RULES = ["Zenith", "ZenithLR"]


@pytest.fixture(scope="module")
def recipes(framework, tmp_path_factory) -> dict[str, Any]:
    """What the page defines, after its examples have run."""
    for name in ("accelerate", "lightning", "transformers"):
        framework(name)
    with documented.workplace(tmp_path_factory.mktemp("page")), quiet():
        names = documented.start()
        for block in re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE):
            exec(compile(block, "frameworks.md", "exec"), names)
    return names


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """The frameworks' own warnings are theirs; the rule's are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=f"{CLIPPED}|the state loaded into")
        yield


def made(rule: str, parameters: Any) -> tuple[torch.optim.Optimizer, Any]:
    """The optimizer that the framework gets, and what follows the rule."""
    if rule == "Zenith":
        optimizer = Zenith(parameters, lr=0.5, window=5, momentum=0.5)
        return optimizer, optimizer
    adamw = torch.optim.AdamW(parameters, lr=0.05)
    return adamw, ZenithLR(adamw, window=5)


def own_loop(rule: str, recipes: dict[str, Any], steps: int, net: nn.Module) -> list[float]:
    """The rates of a loop by hand, on the batches in order, the norm handed to `step`."""
    optimizer, follower = made(rule, net.parameters())
    rates = []
    for step in range(steps):
        rows = slice(10 * (step % 6), 10 * (step % 6) + 10)
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(recipes["X"][rows]), recipes["y"][rows]).backward()
        optimizer.step(grad_norm=nn.utils.clip_grad_norm_(net.parameters(), 0.1))
        rates.append(follower.effective_lr)
    assert rates[-1] < 0.9 * rates[0]
    return rates


def network(recipes: dict[str, Any], seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return recipes["network"]()


@pytest.mark.parametrize("rule", RULES)
def test_accelerate(recipes, rule, tmp_path):
    net = network(recipes)
    with quiet():
        rates = recipes["accelerated"](net, *made(rule, net.parameters()), epochs=4)
        assert rates == pytest.approx(own_loop(rule, recipes, 24, network(recipes)), rel=1e-5)

        first = network(recipes)
        before = recipes["accelerated"](first, *made(rule, first.parameters()), epochs=2, save=str(tmp_path / "state"))
        resumed = network(recipes, seed=1)
        after = recipes["accelerated"](
            resumed, *made(rule, resumed.parameters()), epochs=2, load=str(tmp_path / "state")
        )
    assert before + after == rates
    for p, q in zip(net.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(p, q)


@pytest.mark.parametrize("rule", RULES)
def test_lightning(recipes, rule, tmp_path):
    class Module(recipes["Module"]):
        def __init__(self, seed=0):
            super().__init__()
            self.net = network(recipes, seed)

        def configure_optimizers(self):
            optimizer, self.rule = made(rule, self.parameters())
            return optimizer

    with quiet():
        straight = Module()
        recipes["fit"](straight, epochs=4)
        assert straight.rates == pytest.approx(own_loop(rule, recipes, 24, network(recipes)), rel=1e-5)

        first, resumed = Module(), Module(seed=1)
        recipes["fit"](first, epochs=2).save_checkpoint(tmp_path / "half.ckpt")
        recipes["fit"](resumed, epochs=4, checkpoint=tmp_path / "half.ckpt")
    assert first.rates + resumed.rates == straight.rates
    for p, q in zip(straight.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(p, q)


@pytest.mark.parametrize("rule", RULES)
def test_trainer(recipes, rule, tmp_path):
    def run(folder: Path, max_steps: int, seed: int = 0, resume: str | None = None) -> tuple[nn.Module, Any, Any]:
        classifier = recipes["Classifier"]()
        classifier.net = network(recipes, seed)
        optimizer, follower = made(rule, classifier.parameters())
        trainer = recipes["trainer_with"](
            classifier,
            optimizer,
            follower,
            str(folder),
            max_steps=max_steps,
            save_steps=12,
            logging_steps=1,
            max_grad_norm=0.1,
        )
        trainer.train(resume_from_checkpoint=resume)
        return classifier, follower, trainer

    with quiet():
        straight, follower, trainer = run(tmp_path / "a", 24)
        run(tmp_path / "b", 12)
        resumed, resumed_follower, _ = run(tmp_path / "b", 24, seed=1, resume=str(tmp_path / "b" / "checkpoint-12"))
    logged = [entry["grad_norm"] for entry in trainer.state.log_history if "grad_norm" in entry]
    assert follower.gauge.norms == pytest.approx(logged[-5:], rel=1e-6)  # the Trainer logs the norm before clipping
    assert min(logged) > 0.1
    assert follower.factor < 0.9
    assert resumed_follower.effective_lrs == follower.effective_lrs
    assert resumed_follower.gauge.state == follower.gauge.state
    for p, q in zip(straight.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(p, q)


@pytest.mark.parametrize("rule", RULES)
def test_without_the_recipe_the_trainers_default_is_noticed(recipes, rule, tmp_path):
    classifier = recipes["Classifier"]()
    with torch.no_grad():
        for p in classifier.parameters():
            p.mul_(8)  # gradients above the default of 1.0, too
    optimizer, follower = made(rule, classifier.parameters())
    for group in optimizer.param_groups:
        group["lr"] = 1e-4
    trainer = recipes["trainer_with"](
        classifier, optimizer, follower, str(tmp_path), max_steps=30, save_strategy="no", max_grad_norm=0.05
    )
    del trainer.accelerator.clip_grad_norm_  # what the recipe put there
    with quiet(), pytest.warns(UserWarning, match=CLIPPED):
        trainer.train()
    assert follower.factor == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("rule", RULES)
def test_without_the_recipe_clipping_in_lightning_is_noticed(recipes, rule):
    class Module(recipes["Module"]):
        def configure_optimizers(self):
            optimizer, self.rule = made(rule, self.parameters())
            for group in optimizer.param_groups:
                group["lr"] = 1e-4
            return optimizer

        def on_before_optimizer_step(self, optimizer):
            pass

    module = Module()
    with quiet(), pytest.warns(UserWarning, match=CLIPPED):
        recipes["fit"](module, epochs=5)
    assert module.rule.factor == pytest.approx(1, abs=1e-4)
