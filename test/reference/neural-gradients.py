"""Writes neural-gradients.json: one small network in PyTorch, its loss, gradients, and parameters after Adam steps.

Command: python test/reference/neural-gradients.py   (torch 2.15.0, CPU, double precision)
"""
import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
INPUTS, HIDDEN, BLOCKS, SIZES, ROWS = 3, 5, 2, [4, 2, 3], 6
WIDTH = sum(SIZES)


def pattern(shape, seed, scale=1.0):
    """Numbers that any language can recompute: scale·sin(seed + 1.7·index), rounded to float32."""
    count = 1
    for size in shape:
        count *= size
    values = torch.sin(seed + 1.7 * torch.arange(count, dtype=torch.float64)) * scale
    return values.to(torch.float32).to(torch.float64).reshape(shape)


shapes = [(INPUTS, HIDDEN), (HIDDEN,)]
for _ in range(BLOCKS):
    shapes += [(HIDDEN, HIDDEN), (HIDDEN,), (HIDDEN,), (HIDDEN,)]
shapes += [(HIDDEN, WIDTH), (WIDTH,)]
parameters = [pattern(shape, seed).requires_grad_() for seed, shape in enumerate(shapes)]
latent = pattern((ROWS, INPUTS), 0.5, 2.0)
gumbel = pattern((ROWS, WIDTH), 0.25)
weights = pattern((ROWS, WIDTH), 0.75)
target = pattern((WIDTH, WIDTH), 0.1, 0.1)
target = (target + target.T) / 2
precision = torch.abs(pattern((WIDTH, WIDTH), 0.2))
precision = (precision + precision.T) / 2


def logits():
    hidden = latent @ parameters[0] + parameters[1]
    for block in range(BLOCKS):
        w, b, gain, shift = parameters[2 + 4 * block : 6 + 4 * block]
        inner = torch.nn.functional.layer_norm(hidden @ w + b, (HIDDEN,), gain, shift)
        hidden = hidden + torch.nn.functional.leaky_relu(inner, 0.2)
    return hidden @ parameters[-2] + parameters[-1]


def heads(values):
    return torch.cat([torch.softmax(part, 1) for part in values.split(SIZES, 1)], 1)


LOSSES = {
    "softmax": lambda: (weights * heads(logits())).sum(),
    "gumbel": lambda: (weights * heads((logits() + gumbel) / 0.2)).sum(),
    "marginals": lambda: marginal_loss(heads(logits())),
}


def marginal_loss(shares):
    gram = shares.T @ shares / ROWS
    means = shares.mean(0)
    single = 0.5 * (precision[0] * (means - target[0]) ** 2).sum()
    uneven = 0.7 * (shares * shares.log()).sum() / ROWS
    return 0.25 * (precision * (gram - target) ** 2).sum() + single + uneven


def evaluate(name):
    loss = LOSSES[name]()
    gradients = torch.autograd.grad(loss, parameters)
    return loss.item(), gradients


reference = {"torch": torch.__version__, "losses": {}}
for name in LOSSES:
    loss, gradients = evaluate(name)
    reference["losses"][name] = {"loss": loss, "gradients": [g.flatten().tolist() for g in gradients]}

# With initial biases in place of 0 the loss has no symmetry that could hide a swapped moment.
optimiser = torch.optim.Adam(parameters, lr=0.01, betas=(0.9, 0.99), eps=1e-8)
for _ in range(5):
    optimiser.zero_grad()
    LOSSES["softmax"]().backward()
    optimiser.step()
reference["adam"] = [p.detach().flatten().tolist() for p in parameters]
out = pathlib.Path(__file__).with_name("neural-gradients.json")
rounded = json.loads(json.dumps(reference), parse_float=lambda text: float(f"{float(text):.9g}"))
out.write_text(json.dumps(rounded) + "\n")
