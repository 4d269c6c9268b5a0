"""A small GPT of Hugging Face's transformers on the characters of Shakespeare, and an optimizer of one's own.

From this folder: ``landscape study char_gpt.toml --data-root DATA``, where DATA/tinyshakespeare/input.txt is that of
https://github.com/karpathy/char-rnn/tree/master/data/tinyshakespeare (public domain).
"""

from pathlib import Path

import torch

import zenith

CONTEXT = 32
"""Characters of a sample."""
CHARACTERS = 32_768, 8_192
"""Of the training and of the test set, which is from the last tenth of the text."""


class Windows(torch.utils.data.Dataset):
    """Pieces of a text that do not overlap, as transformers' models take them: ``input_ids`` and ``labels``."""

    def __init__(self, text, alphabet):
        number = {character: i for i, character in enumerate(alphabet)}
        tokens = torch.tensor([number[character] for character in text])
        self.rows = tokens[: len(tokens) // CONTEXT * CONTEXT].view(-1, CONTEXT)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return {"input_ids": self.rows[index], "labels": self.rows[index]}  # the model shifts the labels itself


def load(data_root):
    """Return the training and the test set."""
    path = Path(data_root or ".") / "tinyshakespeare" / "input.txt"
    if not path.is_file():
        raise FileNotFoundError(f"no text at {path}: give --data-root, the folder of tinyshakespeare/input.txt")
    text = path.read_text(encoding="utf-8")
    alphabet, last_tenth = sorted(set(text)), text[len(text) * 9 // 10 :]
    train, test = CHARACTERS
    return Windows(text[: len(text) * 9 // 10][:train], alphabet), Windows(last_tenth[:test], alphabet)


def network():
    """Return a GPT-2 of two layers, with tied embeddings and dropout."""
    from transformers import GPT2Config, GPT2LMHeadModel

    shape = {"n_positions": CONTEXT, "n_embd": 32, "n_layer": 2, "n_head": 2}
    config = GPT2Config(vocab_size=65, bos_token_id=0, eos_token_id=0, loss_type="ForCausalLM", **shape)
    return GPT2LMHeadModel(config)


def loss(model, batch):
    """Return the mean cross-entropy of the next character, which the model computes."""
    return model(**batch).loss


def predicted(batch):
    """Return the number of characters that a batch predicts: all but the first of each sample."""
    return batch["labels"][:, 1:].numel()


task = zenith.Task(
    name="char-gpt",
    model=network,
    data=load,
    loss=loss,
    count=predicted,
    metric="perplexity",
    loss_label="loss (nats per character)",
    description="GPT-2 of two layers on the characters of tinyshakespeare",
)


class Lion(torch.optim.Optimizer):
    """Steps of one size in every coordinate (Chen et al. 2023, arXiv:2302.06675, algorithm 2)."""

    def __init__(self, params, lr, beta1=0.9, beta2=0.99):
        super().__init__(params, {"lr": lr, "beta1": beta1, "beta2": beta2})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                p.sub_(momentum.lerp(p.grad, 1 - group["beta1"]).sign(), alpha=group["lr"])
                momentum.lerp_(p.grad, 1 - group["beta2"])


def lion(params, lr=0.001, beta1=0.9):
    """Return the optimizer; the parameters with defaults are its settings."""
    return Lion(params, lr, beta1)
