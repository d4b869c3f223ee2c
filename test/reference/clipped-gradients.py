"""Writes clipped-gradients.json: per-row gradients of a small discriminator in PyTorch, clipped row by row and summed.

Command: python test/reference/clipped-gradients.py   (torch 2.15.0, CPU, double precision)
"""
import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
SIZES, ROWS, SLOPE = [7, 6, 5, 1], 9, 0.2


def pattern(shape, seed, scale=1.0):
    """Numbers that any language can recompute: scale·sin(seed + 1.7·index), rounded to float32."""
    count = 1
    for size in shape:
        count *= size
    values = torch.sin(seed + 1.7 * torch.arange(count, dtype=torch.float64)) * scale
    return values.to(torch.float32).to(torch.float64).reshape(shape)


# Two one-hot columns of 4 and 3 cells.
inputs = torch.zeros(ROWS, 7)
for row in range(ROWS):
    inputs[row, row % 4] = 1
    inputs[row, 4 + (row * row) % 3] = 1


def parameters():
    made = []
    for layer, (fan_in, fan_out) in enumerate(zip(SIZES, SIZES[1:])):
        made += [pattern((fan_in, fan_out), 2 * layer), pattern((fan_out,), 2 * layer + 1)]
    return [tensor.requires_grad_() for tensor in made]


def logits(weights, layer_norm):
    hidden = inputs
    for layer in range(len(SIZES) - 1):
        hidden = hidden @ weights[2 * layer] + weights[2 * layer + 1]
        if layer < len(SIZES) - 2:
            if layer_norm:
                hidden = torch.nn.functional.layer_norm(hidden, hidden.shape[1:])
            hidden = torch.nn.functional.leaky_relu(hidden, SLOPE)
    return hidden[:, 0]


cases = []
for layer_norm in (False, True):
    for side, sign in (("real", -1.0), ("fake", 1.0)):
        weights = parameters()
        losses = torch.nn.functional.softplus(sign * logits(weights, layer_norm))
        rows = []
        for loss in losses:
            grads = torch.autograd.grad(loss, weights, retain_graph=True)
            rows.append(torch.cat([grad.reshape(-1) for grad in grads]))
        rows = torch.stack(rows)
        norms = rows.norm(dim=1)
        clip = float(norms.median())
        clipped = (rows * torch.clamp(clip / norms, max=1.0)[:, None]).sum(0)
        cases.append({"layerNorm": layer_norm, "side": side, "clip": clip, "norms": norms.tolist(), "sum": clipped.tolist()})

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"cases": cases}) + "\n")
