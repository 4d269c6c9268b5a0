"""Named studies: what their files may say, what they end in, and that they go on where they were."""

import pytest

from landscape.study.papers.spec import named_studies, read_named

HEAD = """
title = "A study"
source = "nowhere, table 3"
figures = ["4"]

[[tables]]
kind = "table_3"
values = "table_3"

"""
STUDY = '[[scales.smoke.studies]]\nname = "one"\ntask = "digits"\n'


def written(folder, text):
    path = folder / "mine.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", named_studies())
def test_every_named_study_reads(name):
    named = read_named(name)
    assert named.name == name
    assert named.title
    assert "smoke" in named.scales
    assert named.tables or named.figures
    assert read_named(name.removeprefix("papers/")) == named


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 3", "no 'title'"),
        ('titel = "a"', "unknown key 'titel'.*did you mean"),
        ('title = "a"\nsource = "b"', "needs scales of its own"),
        ('title = "a"\nsource = "b"\nfigures = ["9"]\n[scales]', "unknown figure '9'"),
        ('title = "a"\nsource = "b"\n[scales]', "ends in nothing"),
        ('title = "a"\nsource = "b"\nfigures = ["1"]\nstudies_of = "none"', "unknown named study 'papers/none'"),
        (HEAD.replace('kind = "table_3"', 'kind = "table_9"') + STUDY, "unknown kind of table 'table_9'"),
        (HEAD + "[scales.smoke]", "has no studies"),
        (HEAD + STUDY.replace("smoke", "tiny"), "unknown key 'tiny' in the scales"),
        (HEAD + STUDY + STUDY, "two studies called 'one'"),
        (HEAD + STUDY.replace('task = "digits"', ""), "no 'task'"),
        (HEAD + STUDY.replace('name = "one"', 'name = "figures"'), "'figures' is a folder"),
        (HEAD + '[[scales.smoke.costs]]\nname = "c"\ntask = "digits"', "no 'methods'"),
        (HEAD + '[[scales.smoke.costs]]\nname = "c"\ntask = "digits"\nseconds = 3', "unknown key 'seconds'"),
        ("title = ", "not valid TOML"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path, text, said):
    with pytest.raises(ValueError, match=said):
        read_named(written(tmp_path, text))
