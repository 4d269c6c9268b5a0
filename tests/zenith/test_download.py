"""Downloads: from a server on this machine, whole and checked, or nothing is left of them."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import importlib.util
import io
import pickle
import struct
import sys
import tarfile
import threading

import numpy as np
import pytest
import torch
from torch import nn

import zenith
from landscape.cli.main import main
from landscape.study import load_spec, prepare
from landscape.study.plan import load_data
from zenith import tasks
from zenith._common.vision import import_torchvision
from zenith.tasks import fixtures

pytestmark = pytest.mark.skipif(importlib.util.find_spec("torchvision") is None, reason="torchvision is not installed")


class Server:
    """Serves files from memory; of those in `broken`, half, once."""

    def __init__(self):
        self.files, self.broken, self.asked = {}, set(), []
        own = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.lstrip("/")
                own.asked.append(name)
                if name not in own.files:
                    self.send_error(404)
                    return
                content = own.files[name]
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                # torchvision asks twice: for where it is redirected to, and for the file.
                half = name in own.broken and own.asked.count(name) == 2
                self.wfile.write(content[: len(content) // 2] if half else content)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    made = Server()
    yield made
    made.close()


def md5(content):
    return hashlib.md5(content).hexdigest()


def packed(files):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, each in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(each)
            archive.addfile(member, io.BytesIO(each))
    return content.getvalue()


def cifar10():
    rng = np.random.default_rng(0)
    files = {}
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        batch = {"data": rng.integers(0, 256, (4, 3072), dtype=np.uint8), "labels": [1, 0, 7, 9]}
        files[f"cifar-10-batches-py/{name}"] = pickle.dumps(batch, protocol=2)
    return packed(files)


@pytest.fixture
def cifar(server, monkeypatch):
    import_torchvision("datasets")
    source = sys.modules["torchvision.datasets"].CIFAR10  # whose addresses and sums become those of the server
    server.files["cifar.tar.gz"] = cifar10()
    monkeypatch.setattr(source, "url", f"{server.url}cifar.tar.gz")
    monkeypatch.setattr(source, "tgz_md5", md5(server.files["cifar.tar.gz"]))
    return server


def left(folder):
    """What is in a folder but the files that keep two downloads apart."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock") if folder.exists() else []


def test_what_is_missing_is_downloaded_once_and_only_when_asked(cifar, tmp_path):
    root = tmp_path / "data"
    task = tasks.get("cifar10")
    with pytest.raises(FileNotFoundError, match="with --download it is fetched"):
        task.load(root)
    with pytest.raises(FileNotFoundError, match=r"--data-root DIR .*with --download as well it is put there"):
        task.load()
    assert cifar.asked == []
    data = task.load(root, download=True)
    assert (len(data.train), len(data.test)) == (20, 4)
    assert left(root) == ["cifar-10-python.tar.gz"]
    asked = len(cifar.asked)
    assert asked > 0
    assert task.load(root, download=True).fingerprint == data.fingerprint == task.load(root).fingerprint
    assert len(cifar.asked) == asked


def test_another_sum_is_refused_and_nothing_is_kept(cifar, tmp_path):
    cifar.files["cifar.tar.gz"] = cifar10()[:-8] + b"tampered"
    with pytest.raises(OSError, match=r"cifar-10-python.tar.gz could not .*: .* without the official MD5 sum"):
        tasks.get("cifar10").load(tmp_path, download=True)
    assert left(tmp_path) == []


def test_a_download_that_breaks_off_counts_for_nothing_and_starts_anew(cifar, tmp_path):
    cifar.broken.add("cifar.tar.gz")
    with pytest.raises(OSError, match="nothing was kept: try again"):
        tasks.get("cifar10").load(tmp_path, download=True)
    assert left(tmp_path) == []
    # A process that was killed leaves its folder, which is no dataset, and the next begins without it.
    (tmp_path / ".cifar-10-python.tar.gz.partial").mkdir()
    (tmp_path / ".cifar-10-python.tar.gz.partial" / "cifar-10-python.tar.gz").write_bytes(cifar10()[:100])
    with pytest.raises(FileNotFoundError, match="CIFAR-10 not found"):
        tasks.get("cifar10").load(tmp_path)
    assert len(tasks.get("cifar10").load(tmp_path, download=True).train) == 20
    assert left(tmp_path) == ["cifar-10-python.tar.gz"]


def idx(array):
    return gzip.compress(struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes())


@pytest.fixture
def mnist(server, monkeypatch):
    rng = np.random.default_rng(0)
    for part, n in (("train", 40), ("t10k", 20)):
        server.files[f"{part}-images-idx3-ubyte.gz"] = idx(rng.integers(0, 256, (n, 28, 28), dtype=np.uint8))
        server.files[f"{part}-labels-idx1-ubyte.gz"] = idx(rng.integers(0, 10, n, dtype=np.uint8))
    import_torchvision("datasets")
    source = sys.modules["torchvision.datasets"].MNIST  # whose addresses and sums become those of the server
    monkeypatch.setattr(source, "mirrors", [f"{server.url}gone/", server.url])
    monkeypatch.setattr(source, "resources", [(name, md5(content)) for name, content in server.files.items()])
    return server


def test_a_second_place_is_tried_and_torchvision_finds_the_files_too(mnist, tmp_path):
    data = tasks.get("mnist").load(tmp_path, download=True)
    assert (len(data.train), len(data.test)) == (40, 20)
    assert left(tmp_path) == ["MNIST"]
    assert sorted(mnist.files) == left(tmp_path / "MNIST" / "raw")
    theirs = import_torchvision("datasets").MNIST(tmp_path, download=True)  # which unpacks what is there
    assert theirs.targets.tolist() == data.train.fields[1].tolist()
    mnist.files.pop("t10k-labels-idx1-ubyte.gz")
    with pytest.raises(OSError, match=r"t10k-labels.* could not be .*gone/.*404.*; .*404.*; nothing was kept"):
        tasks.get("mnist").load(tmp_path / "other", download=True)
    assert left(tmp_path / "other") == []


def test_a_study_downloads_before_its_checks(mnist, tmp_path):
    spec = load_spec("mnist").replace(methods=("zenith", "sgd-momentum"), seeds=1, epochs=1)
    with pytest.raises(FileNotFoundError, match="--download"):
        prepare(spec, tmp_path / "out", tmp_path / "data", "cpu")
    plan = prepare(spec, tmp_path / "out", tmp_path / "data", "cpu", download=True)
    assert len(plan.data.train) == 40
    assert not (tmp_path / "out").exists()


@pytest.fixture
def food(server, monkeypatch, tmp_path):
    folder = fixtures.write_food101(tmp_path / "made", train=1, test=1, size=(8, 8))
    files = {path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}
    server.files["food.tar.gz"] = packed(files)
    import_torchvision("datasets")
    source = sys.modules["torchvision.datasets"].Food101  # whose addresses and sums become those of the server
    monkeypatch.setattr(source, "_URL", f"{server.url}food.tar.gz")
    monkeypatch.setattr(source, "_MD5", md5(server.files["food.tar.gz"]))
    return server


def test_food101_is_unpacked_whole_or_not_at_all(food, tmp_path):
    task = food101()
    root = tmp_path / "data"
    data = task.load(root, download=True)
    assert (len(data.train), len(data.test)) == (101, 101)
    assert left(root) == ["food-101"]
    # An archive that is there already is checked, unpacked and kept.
    own = tmp_path / "own"
    own.mkdir()
    (own / "food-101.tar.gz").write_bytes(food.files["food.tar.gz"][:-1])
    asked = len(food.asked)
    with pytest.raises(FileNotFoundError, match=r"packed in .*food-101.tar.gz, .*: tar -xzf .* or --download"):
        task.load(own)
    with pytest.raises(ValueError, match=r"food-101.tar.gz has not the official MD5 sum \w+: remove it"):
        task.load(own, download=True)
    (own / "food-101.tar.gz").write_bytes(food.files["food.tar.gz"])
    assert task.load(own, download=True).fingerprint == data.fingerprint
    assert left(own) == ["food-101", "food-101.tar.gz"]
    assert len(food.asked) == asked
    # What is there and is none is not replaced.
    (tmp_path / "odd" / "food-101").mkdir(parents=True)
    with pytest.raises(ValueError, match="is there and is no whole Food-101: move it away"):
        task.load(tmp_path / "odd", download=True)


def food101():
    return tasks.get("food101/dla", image_size=32)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("tiny-imagenet/inception", r"get http://cs231n\.stanford\.edu/tiny-imagenet-200\.zip and put it there$"),
        ("imagenet100/densenet121", r"https://image-net\.org after registration.*imagenet100\.txt of github\.com/Hob"),
    ],
)
def test_what_has_no_official_download_says_where_to_get_it(name, where, tmp_path):
    with pytest.raises(FileNotFoundError, match=where):
        tasks.get(name).load(tmp_path, download=True)
    assert left(tmp_path) == []


def test_a_task_of_ones_own_downloads_as_it_likes(tmp_path):
    own = zenith.Task(
        name="own",
        model=lambda: nn.Linear(2, 2),
        data=lambda root: [(each := torch.load(root / "x.pt")), each],
        loss="cross_entropy",
        download=lambda root: torch.save((torch.zeros(3, 2), torch.zeros(3, dtype=torch.int64)), root / "x.pt"),
    )
    assert len(own.load(tmp_path, download=True).train) == 3
    with pytest.raises(ValueError, match="need a place to be downloaded to: give a data root"):
        own.load(download=True)
    with pytest.raises(ValueError, match="the download of task 'own' is a str: give a function of data_root"):
        own.replace(download="http://")


def test_nothing_to_download_is_said_on_the_command_line(capsys):
    load_data("digits", None)  # also where the data have been read before
    with pytest.raises(SystemExit) as caught:
        main(["study", "digits", "--download"])
    assert caught.value.code == 2
    assert "task 'digits' has nothing to download: leave download out" in " ".join(capsys.readouterr().err.split())
