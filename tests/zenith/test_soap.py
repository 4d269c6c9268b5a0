"""SOAP against its paper's Algorithm 3 and its authors' code.

The problem's gradients have three singular values that lie well apart. Where they do not, as with fewer samples than
weights, a basis of the preconditioner's null space is anybody's choice, and two correct codes part ways at the second
step.
"""

import torch

from zenith.adapters.soap import SOAP

FREQUENCY, LR, WEIGHT_DECAY = 4, 0.01, 0.1


def weights():
    matrix = 0.5 * torch.sin(1.7 * torch.arange(9, dtype=torch.float64)).reshape(3, 3)
    return matrix, 0.5 * torch.cos(1.7 * torch.arange(3, dtype=torch.float64))


def gradients(matrix, bias, step):
    """Of squared distances to moving targets, to weights that are a matrix and a vector."""
    entries, few = torch.arange(9, dtype=torch.float64), torch.arange(3, dtype=torch.float64)
    centre = torch.diag(torch.tensor([4.0, -2.0, 1.0], dtype=torch.float64)) + 0.3 * torch.sin(2.3 * entries).view(3, 3)
    return (
        matrix - centre - 0.2 * torch.sin(1.3 * entries + 2.1 * step).view(3, 3),
        bias - 1 - 0.2 * torch.cos(few + 1.7 * step),
    )


def path(steps=100):
    """Weights after every step, shape (steps, 12)."""
    params = [torch.nn.Parameter(w) for w in weights()]
    optimizer = SOAP(params, lr=LR, weight_decay=WEIGHT_DECAY, precondition_frequency=FREQUENCY)
    rows = []
    for step in range(steps):
        for p, gradient in zip(params, gradients(*(p.detach() for p in params), step), strict=True):
            p.grad = gradient
        optimizer.step()
        rows.append(torch.cat([p.detach().flatten() for p in params]))
    return torch.stack(rows)


def turned(factor, basis):
    """One power iteration and QR on a basis in descending order of its Rayleigh quotients; and that order."""
    order = torch.argsort(torch.diag(basis.T @ factor @ basis), descending=True)
    return torch.linalg.qr(factor @ basis[:, order])[0], order


def transcription(steps=100, beta=0.95, eps=1e-8):
    """Algorithm 3 with Adam's bias corrections; the first gradient starts the bases and moves nothing."""
    W, b = weights()
    zero = torch.zeros(3, 3, dtype=torch.float64)
    L, R, M, V = zero, zero, zero, zero
    left = right = torch.eye(3, dtype=torch.float64)
    m = v = torch.zeros(3, dtype=torch.float64)
    rows = []
    for t in range(steps):
        G, g = gradients(W, b, t)
        if t > 0:
            rate = LR * (1 - beta**t) ** 0.5 / (1 - beta**t)
            M, m = beta * M + (1 - beta) * G, beta * m + (1 - beta) * g
            V, v = beta * V + (1 - beta) * (left.T @ G @ right) ** 2, beta * v + (1 - beta) * g**2
            N = left @ ((left.T @ M @ right) / (V.sqrt() + eps)) @ right.T
            W, b = W - rate * N, b - rate * m / (v.sqrt() + eps)
            W, b = (1 - LR * WEIGHT_DECAY) * W, (1 - LR * WEIGHT_DECAY) * b
        L, R = beta * L + (1 - beta) * G @ G.T, beta * R + (1 - beta) * G.T @ G
        if t == 0:
            left, right = (torch.linalg.eigh(factor)[1].flip(1) for factor in (L, R))
        elif t % FREQUENCY == 0:
            (left, rows_of), (right, columns_of) = turned(L, left), turned(R, right)
            V = V[rows_of][:, columns_of]
        rows.append(torch.cat([W.flatten(), b]))
    return torch.stack(rows)


def test_a_hundred_steps_of_the_papers_algorithm():
    # The library orthogonalises in single precision.
    torch.testing.assert_close(path(), transcription(), rtol=0, atol=5e-6)


# Recorded from the authors' soap.py (nikhilvyas/SOAP, a1e5535) on this problem in float64, with the same settings; it
# decomposes in single precision.
AUTHORS = {
    2: [0.009456780454906418, 0.23078382799006633, 0.432672312929486, -0.05436782540623068],
    10: [0.08232984572697466, 0.14783840893721076, 0.5098851172425176, 0.025039656614801613],
    50: [0.46322254882859426, -0.2481451499338168, 0.7987879438659874, 0.40922703110086184],
    100: [0.919045514638749, -0.7020593892008594, 0.8126674596774992, 0.8387148114371751],
}


def test_trajectory_of_the_authors_code():
    found = path()
    for step, expected in AUTHORS.items():
        expected = torch.tensor(expected, dtype=torch.float64)
        torch.testing.assert_close(found[step - 1, [0, 4, 8, 10]], expected, rtol=0, atol=5e-6)
