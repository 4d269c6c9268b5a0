"""What a command that refuses its input prints."""


def check_refusal(printed, words):
    """One sentence on the standard error that has all the words, and nothing else."""
    assert printed.out == ""
    assert printed.err.startswith("landscape: ")
    assert printed.err.count("\n") == 1
    assert all(word in printed.err for word in words), printed.err
