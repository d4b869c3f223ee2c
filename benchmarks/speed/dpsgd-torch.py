"""One discriminator step in PyTorch, for benchmarks/speed/dpsgd.mjs: clipped gradients, noise, Adam.

Use: python dpsgd-torch.py ghost|opacus BATCH. Each line on stdin asks for one step; each line on stdout is one step's
{"wall": seconds, "cpu": seconds}. The first line says versions.
"""
import json
import os
import sys
import time

import torch

way, batch = sys.argv[1], int(sys.argv[2])
SIZES, CLIP, SIGMA = [350, 256, 256, 1], 1.0, 1.0
# With two threads on a busy machine PyTorch spends its time waiting; see the result file for both.
torch.set_num_threads(int(os.environ.get("THREADS", "2")))
layers = [torch.nn.Linear(a, b) for a, b in zip(SIZES, SIZES[1:])]
inputs = torch.zeros(batch, SIZES[0])
for row in range(batch):
    for column in range(15):
        inputs[row, column * 23 + (row * 7 + column * 13) % 23] = 1
versions = {"torch": torch.__version__, "threads": torch.get_num_threads()}

if way == "opacus":
    import opacus

    versions["opacus"] = opacus.__version__
    stack = torch.nn.Sequential(layers[0], torch.nn.LeakyReLU(0.2), layers[1], torch.nn.LeakyReLU(0.2), layers[2])
    if hasattr(opacus, "optimizers"):
        from opacus.grad_sample import GradSampleModule

        model = GradSampleModule(stack)
        optimizer = opacus.optimizers.DPOptimizer(
            torch.optim.Adam(model.parameters(), lr=1e-3),
            noise_multiplier=SIGMA,
            max_grad_norm=CLIP,
            expected_batch_size=batch,
        )
    else:
        # Versions before 1.0, which SmartNoise asks for.
        model, optimizer = stack, torch.optim.Adam(stack.parameters(), lr=1e-3)
        engine = opacus.PrivacyEngine(
            model, batch_size=batch, sample_size=10 * batch, max_grad_norm=CLIP, noise_multiplier=SIGMA, alphas=[2.0]
        )
        engine.attach(optimizer)

    def step():
        optimizer.zero_grad()
        loss = torch.nn.functional.softplus(-model(inputs)).mean()
        loss.backward()
        optimizer.step()

else:
    optimizer = torch.optim.Adam([p for layer in layers for p in layer.parameters()], lr=1e-3)

    @torch.no_grad()
    def step():
        activations, sums = [inputs], []
        for index, layer in enumerate(layers):
            sums.append(layer(activations[-1]))
            if index < 2:
                activations.append(torch.nn.functional.leaky_relu(sums[-1], 0.2))
        deltas = [torch.sigmoid(sums[-1]) - 1]
        for index in (1, 0):
            slope = torch.where(sums[index] > 0, 1.0, 0.2)
            deltas.insert(0, (deltas[0] @ layers[index + 1].weight) * slope)
        square = sum((d * d).sum(1) * ((a * a).sum(1) + 1) for a, d in zip(activations, deltas))
        scale = torch.clamp(CLIP / square.sqrt(), max=1.0)[:, None]
        for layer, a, d in zip(layers, activations, deltas):
            clipped = d * scale
            layer.weight.grad = (clipped.T @ a + SIGMA * CLIP * torch.randn_like(layer.weight)) / batch
            layer.bias.grad = (clipped.sum(0) + SIGMA * CLIP * torch.randn_like(layer.bias)) / batch
        optimizer.step()


print(json.dumps(versions), flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}), flush=True)
