"""What users refer to by text is found, recorded as what was executed, and refused in one sentence."""

import hashlib
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from zenith._common.loading import Source, is_reference, load
from zenith._common.plugins import find_plugin, load_plugin, plugin_names, plugins


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder to work in; modules and search paths are as before afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_is_loaded_and_recorded(place):
    file = write(place / "sub" / "own.py", "class Space:\n    value = 3\n")
    found, source = load("sub/own.py:Space.value")
    assert found == 3
    assert source == Source(str(file), "Space.value", sha(file))
    assert load("own.py:Space.value", base=place / "sub") == (3, source)
    assert load(source.reference)[0] == 3
    assert json.loads(json.dumps(source.as_dict()))["sha256"] == sha(file)


def test_a_changed_file_or_helper_is_another_identity_and_is_what_runs(place):
    helper = write(place / "helper_a.py", "import helper_b\nK = 1\n")
    second = write(place / "helper_b.py", "J = 10\n")
    write(place / "unrelated.py", "")
    file = write(place / "own.py", "import helper_a\n\n\ndef f():\n    return helper_a.K + helper_a.helper_b.J\n")
    (function, first) = load("own.py:f")
    assert function() == 11
    assert first.imports == {"helper_a.py": sha(helper), "helper_b.py": sha(second)}
    found = [first.identity()]
    for path, text, value in (
        (second, "J = 20\n", 21),
        (helper, "import helper_b\nK = 2\n", 22),
        (file, file.read_text() + "\n\nL = 1\n", 22),
    ):
        write(path, text)
        function, source = load("own.py:f")
        assert function() == value
        assert source.identity() not in found
        found.append(source.identity())
    assert load("own.py:f")[0] is function  # and no second time if nothing changed


def test_the_lab_itself_is_no_part_of_a_file_that_lies_beside_it(place):
    checkout = Path(__file__).parents[2]
    for name in ("zenith", "landscape"):
        (place / name).symlink_to(checkout / name)
    write(place / "own.py", "import zenith\nfrom landscape import Objective\n\nx = zenith\n")
    import zenith

    found, source = load("own.py:x")
    assert found is zenith
    assert source.imports == {}


def test_what_determines_numbers_is_the_same_in_another_folder(place):
    for folder in ("one", "two"):
        write(place / folder / "own.py", "x = 1\n")
    one, two = (load(f"{folder}/own.py:x")[1] for folder in ("one", "two"))
    assert one.path != two.path
    assert one.identity() == two.identity()


def test_objects_of_a_file_are_unpickled_in_another_process(place):
    write(place / "helper_c.py", "K = 5\n")
    write(place / "own.py", "import helper_c\n\n\nclass Thing:\n    def f(self):\n        return helper_c.K\n")
    write(place / "thing.pkl", "").write_bytes(pickle.dumps(load("own.py:Thing")[0]()))
    code = "import pickle; print(pickle.load(open('thing.pkl', 'rb')).f())"
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(root)})
    assert ran.stdout.strip() == "5", ran.stderr


def test_a_module_is_loaded_with_the_files_of_its_package(place):
    write(place / "mypack" / "__init__.py", "")
    beside = write(place / "mypack" / "beside.py", "import json\n\nK = 4\n")
    file = write(place / "mypack" / "own.py", "from . import beside\n\nx = beside.K\n")
    found, source = load("mypack.own:x")
    assert found == 4
    assert source.path == str(file)
    assert source.imports == {"mypack/__init__.py": sha(place / "mypack/__init__.py"), "mypack/beside.py": sha(beside)}
    write(beside, "K = 5\n")
    with pytest.raises(ValueError, match=r"module 'mypack.own' changed on disk .*: start Python anew"):
        load("mypack.own:x")


def test_a_commit_is_recorded_where_it_holds_the_file(place):
    file = write(place / "own.py", "x = 1\n")

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", *identity, *arguments], cwd=place, capture_output=True, text=True, check=True
        ).stdout.strip()

    git("init", "-q")
    assert load("own.py:x")[1].commit is None
    git("add", "own.py")
    git("commit", "-q", "-m", "one")
    source = load("own.py:x")[1]
    assert (source.commit, source.modified) == (git("rev-parse", "HEAD"), False)
    write(file, "x = 2\n")
    assert (load("own.py:x")[1].commit, load("own.py:x")[1].modified) == (source.commit, True)
    write(place / "new.py", "y = 1\n")
    assert load("new.py:y")[1].commit is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import torchx.nn\n", r"'.*own.py', line 1, imports torchx, which is neither installed here nor a file of"),
        ("x = 1\ndef f(:\n", r"'.*own.py' is not Python, line 2: .*: correct it"),
        (
            "\n1 / 0\n",
            r"'.*own.py', line 2, raises ZeroDivisionError when it is imported \(division by zero\): correct",
        ),
        ("from . import other\n", r"'.*own.py', line 1, imports relative to a package, .* 'import NAME' without dots"),
        ("raise SystemExit(1)\n", r"'.*own.py', line 1, ends the program when it is imported: put what it runs below"),
        ("import bad_helper\n", r"'.*bad_helper.py', line 1, imports torchx"),
        ("import queue\n", r"'own.py' imports queue, and '.*queue.py' has the name of a module of Python: rename"),
        ("import pytest\n", r"'own.py' imports pytest from its folder, .* is loaded already .*: rename one of them"),
        ("small = 1\n", r"'own.py' has no 'smal': did you mean 'small'\? it has small"),
        ("", r"'own.py' has no 'smal': it has no names"),
    ],
)
def test_a_file_that_cannot_be_used_is_explained(place, text, message):
    write(place / "bad_helper.py", "import torchx\n")
    write(place / "queue.py", "")
    write(place / "pytest.py", "")
    write(place / "own.py", text)
    with pytest.raises(ValueError, match=message):
        load("own.py:smal")
    write(place / "own.py", "smal = 1\n")  # and once it is mended, it is loaded
    assert load("own.py:smal")[0] == 1


def test_what_is_not_there_is_named(place):
    write(place / "own.py", "x = 1\n")
    with pytest.raises(FileNotFoundError, match=r"there is no file '.*/onw.py': did you mean 'own.py'\?$"):
        load("onw.py:x")
    with pytest.raises(
        FileNotFoundError, match=r"no file '.*/away/a.py': correct 'away/a.py', or change to its folder"
    ):
        load("away/a.py:x")
    with pytest.raises(FileNotFoundError, match=r"no file '/away/a.py': put it back, or correct '/away/a.py'"):
        load("/away/a.py:x")
    with pytest.raises(FileNotFoundError, match=r"there is no module 'nothing_there', neither installed nor in '"):
        load("nothing_there:x")
    for text in ("own.py", "own.py:", ":x"):
        with pytest.raises(ValueError, match=r"does not say what to take from where: write it as '.*:"):
            load(text)
    assert [is_reference(text) for text in ("zenith", "own.py:x", "own.py", "a.b:c")] == [False, True, True, True]


# -------------------------------------------------------------------------------------------------- entry points


def install(place: Path, name: str, entries: dict[str, str], group: str = "zenith.methods") -> None:
    """A distribution of a folder on the search path, as an installer leaves it."""
    info = place / f"{name}-1.5.dist-info"
    write(info / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
    write(info / "entry_points.txt", f"[{group}]\n" + "".join(f"{key} = {to}\n" for key, to in entries.items()))
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))


def test_installed_packages_add_names(place):
    write(place / "lion_made.py", "def lion(): ...\n")
    install(place, "lion-made", {"lion": "lion_made:lion", "broken": "not_there:x", "sgd": "lion_made:lion"})
    assert [p.name for p in plugins("zenith.methods")] == ["broken", "lion", "sgd"]
    assert plugin_names("zenith.methods", ("sgd", "adam")) == ("broken", "lion")
    assert plugins("zenith.tasks") == []
    assert find_plugin("zenith.methods", "tiger", "method") is None
    found, source = load_plugin(find_plugin("zenith.methods", "lion", "method"), "method")
    assert found.__name__ == "lion"
    assert source.distribution == "lion-made 1.5"
    with pytest.raises(ValueError, match=r"the method 'broken' of lion-made 1.5 cannot be used: there is no module"):
        load_plugin(find_plugin("zenith.methods", "broken", "method"), "method")


def test_one_name_of_two_packages_is_explained(place):
    install(place, "one", {"lion": "a:lion"})
    install(place, "two", {"lion": "b:lion"})
    with pytest.raises(ValueError, match=r"not one but 2, 'a:lion' of one 1.5 and 'b:lion' of two 1.5: write the one"):
        find_plugin("zenith.methods", "lion", "method")
