"""What samples draw is a function of (seed, epoch, index): for any number of workers, any method, and any resume."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pickle
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from test_own_tasks import CLASSES, FEATURES, Samples, data, net, numbers, trained
from torch import nn
from torch.utils.data import DataLoader, default_collate

import zenith
from zenith._common.streams import numbered_seed
from zenith.tasks import RandomCropAndFlip
from zenith.tasks.augmentation import RandomAffineCropFlip
from zenith.tasks.data import DatasetSplit
from zenith.training.evaluation import evaluate

needs_torchvision = pytest.mark.skipif(
    importlib.util.find_spec("torchvision") is None, reason="torchvision is not installed"
)


class Noisy(Samples):
    """Draws from all three global generators, and keeps nothing."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        noise = torch.rand(()) + np.random.rand() + random.random()  # noqa: NPY002
        return x + 0.1 * noise.float(), y


def dropped(samples):
    """A collate function that draws, as those that mask tokens do."""
    x, y = default_collate(samples)
    return x * (torch.rand_like(x) > 0.1), y


class Seen:
    """A loss that notes the batches of the training."""

    def __init__(self):
        self.batches = []

    def __call__(self, model, batch):
        if model.training:
            self.batches.append(hashlib.sha256(batch[0].numpy().tobytes()).hexdigest())
        return nn.functional.cross_entropy(model(batch[0]), batch[1])


def noisy(workers=0, loss=None, **changes):
    given = {"train": DataLoader(Noisy(), num_workers=workers, collate_fn=dropped), "augment": shaken}
    return zenith.Task(
        **{
            "name": "noisy",
            "model": net,
            "test": data(20, 4),
            "loss": loss or nn.CrossEntropyLoss(),
            **given,
            **changes,
        }
    )


def shaken(x):
    return x + 0.01 * torch.randn(FEATURES)


def test_batches_are_the_same_for_any_number_of_workers_and_any_method():
    seen = {}
    for workers, method in ((0, "zenith"), (1, "zenith"), (2, "zenith"), (0, "adamw"), (2, "adamw")):
        loss = Seen()
        trained(noisy(workers, loss), method)
        seen[workers, method] = tuple(loss.batches)
    assert len(set(seen.values())) == 1
    batches = seen[0, "zenith"]
    assert len(set(batches)) == len(batches) == 14  # and other ones in each epoch
    other = Seen()
    zenith.train(noisy(0, other), "zenith", 1, epochs=2, batch_size=8, window=3)
    assert not set(other.batches) & set(batches)


def test_a_sample_is_drawn_by_its_index_and_not_by_its_batch():
    split = DatasetSplit(Noisy())
    whole = split.made((3, torch.arange(10)), seed=5)[0]
    for index in (0, 7):
        assert torch.equal(split.made((3, torch.tensor([index])), seed=5)[0][0], whole[index])
    assert not torch.equal(split.made((4, torch.arange(10)), seed=5)[0], whole)
    assert not torch.equal(split.made((3, torch.arange(10)), seed=6)[0], whole)
    part = split.select(torch.tensor([7, 2]))
    assert torch.equal(part.made((3, torch.tensor([0])), seed=5)[0][0], whole[7])


def test_the_first_sample_that_draws_is_drawn_by_its_index_too():
    """Batches are made without seeds until one draws; which one does may depend on what came before."""

    class Rarely(Noisy):
        def __getitem__(self, index):
            return super().__getitem__(index) if index == 30 else Samples.__getitem__(self, index)

    alone = DatasetSplit(Rarely()).made((0, torch.tensor([30])), seed=1)[0][0]
    after = DatasetSplit(Rarely())
    after.made((0, torch.arange(20)), seed=1)
    assert not after.draws
    assert torch.equal(after.made((0, torch.arange(25, 35)), seed=1)[0][5], alone)
    assert after.draws


def test_numbered_seeds_are_those_of_splitmix64():
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]  # the first three of its seed 0
    assert [numbered_seed(0, number) for number in range(3)] == [value >> 1 for value in published]


def test_the_global_generators_are_left_alone():
    split = DatasetSplit(Noisy())
    before = torch.get_rng_state(), str(np.random.get_state()), random.getstate()  # noqa: NPY002
    split.made((0, torch.arange(9)), seed=1)
    split.batch(torch.arange(9))
    run = trained(noisy(augment_batch=lambda x: x + torch.rand(()) + np.random.rand()), epochs=1)  # noqa: NPY002
    assert run.status == "finished"
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (str(np.random.get_state()), random.getstate()) == before[1:]  # noqa: NPY002


def test_another_global_generator_of_numpy_is_seeded_and_left_alone_too():
    before = np.random.get_bit_generator()
    try:
        np.random.set_bit_generator(np.random.PCG64(3))
        state = str(np.random.get_bit_generator().state)
        one, two = (DatasetSplit(Noisy()).made((0, torch.arange(4)), seed=1)[0] for _ in range(2))
        assert torch.equal(one, two)
        assert not torch.equal(one, DatasetSplit(Noisy()).made((0, torch.arange(4)), seed=2)[0])
        assert str(np.random.get_bit_generator().state) == state
    finally:
        np.random.set_bit_generator(before)


@pytest.mark.parametrize("method", ["zenith", "sam", "lqa"])
def test_a_method_that_evaluates_a_batch_again_sees_the_same(method):
    """SAM and LQA evaluate several points on one batch; a loss that edits its batch must not change the next."""

    def loss(model, batch):
        batch[0].add_(1)
        return nn.functional.cross_entropy(model(batch[0] - 1), batch[1])

    edited = trained(noisy(loss=loss, metric={"none": none}), method)
    plain = trained(noisy(), method)
    np.testing.assert_allclose(edited.trace.steps["loss"], plain.trace.steps["loss"], rtol=1e-4)


def none(model, batch):
    return torch.zeros(())


def test_what_is_measured_is_not_augmented():
    own = zenith.Task(
        name="wild",
        model=net,
        train=data(),
        test=data(20, 4),
        loss=nn.CrossEntropyLoss(),
        augment=wild,
        augment_batch=wild,
    )
    run, loaded = trained(own, settings={"lr": 1e-6}), own.load()
    model = net()
    model.load_state_dict(run.final)
    x, y = data()
    expected = nn.functional.cross_entropy(model(x), y).item()
    assert run.trace.epochs["train_loss"][-1] == pytest.approx(expected, rel=1e-6)
    assert evaluate(own, model, loaded.train)[0] == pytest.approx(expected, rel=1e-6)
    assert "augment=wild in training only, measured without" in loaded.description
    assert max(run.trace.steps["loss"]) > 10 * run.trace.epochs["train_loss"][0]  # and it was there in training


def wild(x):
    return 1e3 * torch.randn(x.shape)


def test_a_dataset_that_draws_is_measured_with_one_draw_for_each_sample():
    own = noisy(augment=None)
    loaded = own.load()
    assert "samples of the training set draw random numbers" in loaded.description
    assert own.load().fingerprint == loaded.fingerprint
    torch.manual_seed(0)
    model = net()
    first = evaluate(own, model, loaded.train)
    torch.rand(3)
    assert evaluate(own, model, loaded.train) == first


def test_augmented_tensors_are_those_of_samples():
    fields = data()
    tensors = trained(noisy(train=fields))
    samples = trained(noisy(train=list(zip(*fields, strict=True))))
    assert tensors.trace.steps["loss"] == samples.trace.steps["loss"]


class Stop(BaseException):
    pass


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("method", ["zenith", "sam"])
def test_a_killed_run_continues_bit_for_bit(method, workers, tmp_path: Path):
    own = noisy(workers, augment_batch=shaken_batch)

    def stop(step, *_):
        if step == 9:
            raise Stop

    whole = trained(own, method)
    with pytest.raises(Stop):
        trained(own, method, resume=tmp_path / "run.pt", save_every=2, on_step=stop)
    assert numbers(trained(noisy(0, augment_batch=shaken_batch), method, resume=tmp_path / "run.pt")) == numbers(whole)


def shaken_batch(x):
    return x + 0.1 * torch.randn(x.shape)


def test_two_fields_are_changed_together():
    seen = []

    def swapped(x, y):
        seen.append(y)
        return x.flip(0), CLASSES - 1 - y

    loss = Seen()
    trained(noisy(train=data(), augment=swapped, loss=loss), epochs=1)
    flipped = Seen()
    x, y = data()
    trained(noisy(train=(x.flip(1), CLASSES - 1 - y), augment=None, loss=flipped), epochs=1)
    assert loss.batches == flipped.batches


# --- images ----------------------------------------------------------------------------------------------------------


def test_each_image_of_a_batch_has_its_own_crop_and_flip():
    image = torch.arange(36.0).reshape(1, 1, 6, 6) + 1
    torch.manual_seed(0)
    made = RandomCropAndFlip(padding=2)(image.expand(4000, 1, 6, 6))
    padded = nn.functional.pad(image, (2, 2, 2, 2))[0]
    possible = {}
    for top in range(5):
        for left in range(5):
            crop = padded[:, top : top + 6, left : left + 6]
            possible[crop.numpy().tobytes()] = possible[crop.flip(-1).contiguous().numpy().tobytes()] = 0
    for one in made:
        possible[one.numpy().tobytes()] += 1  # nothing else comes
    counts = np.array(list(possible.values()))
    assert len(counts) == 50
    assert (abs(counts - 80) < 5 * 80**0.5).all()
    kept = RandomCropAndFlip(padding=0, flip=False)(image)
    assert torch.equal(kept, image)


def test_transforms_of_torchvision_take_a_sample():
    from landscape.objective import import_torchvision

    import_torchvision()
    v2 = pytest.importorskip("torchvision.transforms.v2", reason="torchvision is not installed")
    augment = v2.Compose([v2.RandomCrop(8, padding=2), v2.RandomHorizontalFlip()])
    images, labels = torch.rand(30, 1, 8, 8), torch.randint(3, (30,))
    loss = Seen()
    own = zenith.Task(
        name="images",
        model=flat,
        train=(images, labels),
        test=(images, labels),
        loss=loss,
        metric={"none": none},
        augment=augment,
    )
    trained(own)
    assert len(set(loss.batches)) == 8
    assert "RandomCrop" in own.load().description
    made = DatasetSplit(list(zip(images, labels, strict=True))).made((0, torch.arange(30)), 0, own.augment)
    assert made[0].shape == images.shape
    assert torch.equal(made[1], labels)
    # One image many times is cut in many places: each sample is drawn for itself.
    same = DatasetSplit([(images[0], 0)] * 30).made((0, torch.arange(30)), 0, own.augment)[0]
    assert len({one.numpy().tobytes() for one in same}) > 10


def flat():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 3))


def pictures(workers=0, loss=None):
    images, labels = torch.arange(30 * 100, dtype=torch.float32).reshape(30, 1, 10, 10) / 3000, torch.arange(30) % 3
    return zenith.Task(
        name="pictures",
        model=cropped,
        train=DataLoader(list(zip(images, labels, strict=True)), num_workers=workers),
        test=(images, labels),
        loss=loss or nn.CrossEntropyLoss(),
        metric={"none": none},
        augment=RandomAffineCropFlip(8, padding=1),
    )


@needs_torchvision
def test_transforms_of_torchvision_draw_the_same_for_any_workers_and_method_and_after_a_stop(tmp_path):
    seen = {}
    for workers, method in ((0, "zenith"), (2, "zenith"), (0, "adamw"), (1, "sam")):
        loss = Seen()
        trained(pictures(workers, loss), method)
        seen[workers, method] = tuple(dict.fromkeys(loss.batches))  # SAM takes each twice
    assert len(set(seen.values())) == 1
    assert len(seen[0, "zenith"]) == 8

    def stop(step, *_):
        if step == 5:
            raise Stop

    whole = trained(pictures())
    with pytest.raises(Stop):
        trained(pictures(2), resume=tmp_path / "run.pt", save_every=2, on_step=stop)
    assert numbers(trained(pictures(1), resume=tmp_path / "run.pt")) == numbers(whole)


def cropped():
    """Takes what is augmented, 8x8, and what is measured, 10x10."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(64, 3))


@needs_torchvision
def test_the_papers_four_changes_are_those_of_torchvision():
    RandomAffineCropFlip(1, flip=False)(torch.zeros(3, 2, 2))  # which imports torchvision
    from torchvision.transforms import v2

    image = torch.randint(256, (3, 20, 20), dtype=torch.uint8)
    by_hand = v2.Compose(
        [
            v2.RandomAffine(15, translate=(0.1, 0.1), interpolation=v2.InterpolationMode.BILINEAR),
            v2.RandomCrop(16),
            v2.RandomHorizontalFlip(),
        ]
    )
    for seed in range(5):
        torch.manual_seed(seed)
        expected = by_hand(image)
        torch.manual_seed(seed)
        made, label = RandomAffineCropFlip(16)(image, torch.tensor(7))
        assert torch.equal(made, expected)
        assert (made.dtype, label.item()) == (torch.uint8, 7)
    # Each of the four can be left out.
    columns = torch.arange(16, dtype=torch.uint8).expand(1, 16, 16)
    still = RandomAffineCropFlip(16, flip=False, degrees=0, translate=0)
    assert torch.equal(still(columns), columns)
    flipped = {tuple(RandomAffineCropFlip(16, degrees=0, translate=0)(columns)[0, 0].tolist()) for _ in range(40)}
    assert flipped == {tuple(range(16)), tuple(range(15, -1, -1))}
    padded = {
        tuple(RandomAffineCropFlip(16, padding=1, flip=False, degrees=0, translate=0)(columns)[0, 8].tolist())
        for _ in range(60)
    }
    assert padded == {(0, *range(15)), tuple(range(16)), (*range(1, 16), 0)}


@needs_torchvision
def test_augmentation_by_torchvision_travels_and_has_one_identity():
    own = pickle.loads(pickle.dumps(pictures()))
    used = pictures()
    used.augment((torch.zeros(1, 10, 10), 0))
    assert own.identity() == used.identity()
    other = used.replace(augment=RandomAffineCropFlip(8, padding=1, flip=False))
    assert other.identity() != used.identity()
    assert "RandomAffineCropFlip(size=8, padding=1, flip=True" in own.load().description


CTRL_C = """
import sys, time
from test_augmentation import noisy, trained

own = noisy(workers=2)
trained(own, epochs=200, resume=sys.argv[1], on_step=lambda step, *_: (time.sleep(0.01), print(step, flush=True)))
"""


@pytest.mark.slow
def test_ctrl_c_in_a_terminal_reaches_the_workers_and_loses_no_step(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CTRL_C, str(tmp_path / "run.pt")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        for line in process.stdout:
            if int(line) >= 60:
                break
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
        out, errors = process.communicate(timeout=300)
    assert "KeyboardInterrupt" in errors
    assert "worker" not in errors
    last = int((out.split() or [line])[-1])
    held = torch.load(tmp_path / "run.pt", weights_only=True)["state"]
    assert held["step"] == last
