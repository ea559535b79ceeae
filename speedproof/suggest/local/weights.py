"""From a model of transformers to ours: layers fused, gains of norms folded in, queries and keys interleaved."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from speedproof.core.cancel import CancelToken
from speedproof.suggest.local.cache import interleaved
from speedproof.suggest.local.linear import Float, Int8, Linear, Precision, Recording, half_or_float
from speedproof.suggest.local.model import Layer, Model
from speedproof.suggest.local.repair import Reuse
from speedproof.suggest.local.session import Session
from speedproof.suggest.local.shape import Shape, Weights
from speedproof.suggest.local.spread import spread

MAX_SAMPLE = 512
N_LINEAR = 4
"""Of each layer."""

Make = Callable[[Tensor, Tensor | None], Linear]
"""Of a weight [out, in] and a bias."""


def built(
    shape: Shape,
    weights: Weights,
    precision: Precision,
    device: torch.device,
    sample: Sequence[int] = (),
    spiky: Sequence[bool] | None = None,
) -> Model:
    """Raises KeyError where a weight is missing, ValueError where one is of another size than `shape` says.

    `sample` are token ids of ordinary text, from which INT8 learns how large activations are; without them it takes
    some of all ids. It need not learn that where `spiky` says it, which is `spiky_of` the same model.
    """
    if precision is Precision.FP16 and device.type == "cpu":
        return _assembled(shape, weights, half_or_float, torch.float16, device)
    if precision is not Precision.INT8 or device.type != "cpu":
        dtype = torch.float32 if precision is Precision.FP32 else torch.bfloat16
        return _assembled(shape, weights, lambda weight, bias: Float(weight, bias, dtype), dtype, device)
    turned = shape.norm == "rms"
    if turned:
        shape, weights = spread(shape, weights)
    if spiky is None or len(spiky) != N_LINEAR * shape.n_layers + 1:
        return _learned(shape, weights, device, sample, turned=turned)
    known = iter(spiky)

    def chosen(weight: Tensor, bias: Tensor | None) -> Linear:
        return Float(weight, bias, torch.float32) if next(known) else Int8(weight, bias, turned=turned)

    return _assembled(shape, weights, chosen, torch.bfloat16, device)


def spiky_of(model: Model) -> list[bool]:
    """Which linear layers of an INT8 model are none of it, in the order in which they are made."""
    layers = [linear for layer in model.layers for linear in (layer.qkv, layer.out, layer.up, layer.down)]
    return [not isinstance(linear, Int8) for linear in (*layers, model.head)]


def _learned(shape: Shape, weights: Weights, device: torch.device, sample: Sequence[int], *, turned: bool) -> Model:
    floating = _assembled(shape, weights, Recording, torch.float32, device)
    tokens = list(sample)[:MAX_SAMPLE] or list(range(0, shape.vocabulary, max(1, shape.vocabulary // MAX_SAMPLE)))
    Session(floating, len(tokens), Reuse.EXACT).update(tokens, CancelToken())

    def chosen(linear: Linear) -> Linear:
        assert isinstance(linear, Recording)
        if linear.is_spiky:
            return Float(linear.weight, linear.bias, torch.float32)
        return Int8(linear.weight, linear.bias, turned=turned)

    layers = tuple(
        replace(layer, qkv=chosen(layer.qkv), out=chosen(layer.out), up=chosen(layer.up), down=chosen(layer.down))
        for layer in floating.layers
    )
    return replace(floating, embedding=floating.embedding.to(torch.bfloat16), layers=layers, head=chosen(floating.head))


def _assembled(shape: Shape, weights: Weights, make: Make, kept: torch.dtype, device: torch.device) -> Model:
    """Linear layers by `make`, always in the same order; the embedding in dtype `kept`."""
    activations = torch.float32 if device.type == "cpu" else kept
    builder = _Builder(shape, weights, make, activations, device)
    embedding = weights["model.embed_tokens.weight"].to(device, kept)

    def head() -> Linear:
        weight = weights["model.embed_tokens.weight" if shape.tied else "lm_head.weight"]
        return builder.linear(weight, None, (shape.vocabulary, shape.hidden), norm="model.norm.")

    # One after the other: each weight may be read when it is asked for, and is let go of when its layer is made. The
    # largest comes first where the order is free: what it takes to be made is then not on top of all the others.
    early = head() if make is half_or_float else None
    layers = tuple(builder.layer(f"model.layers.{number}.") for number in range(shape.n_layers))
    return Model(
        shape=shape,
        embedding=embedding,
        layers=layers,
        head=early or head(),
        dtype=builder.dtype,
        device=device,
    )


class _Builder:
    def __init__(self, shape: Shape, weights: Weights, make: Make, dtype: torch.dtype, device: torch.device) -> None:
        self.shape = shape
        self.weights = weights
        self.make = make
        self.device = device
        self.dtype = dtype

    def layer(self, prefix: str) -> Layer:
        shape, attention, mlp = self.shape, prefix + "self_attn.", prefix + "mlp."
        heads = {"q_proj": shape.n_heads, "k_proj": shape.n_kv_heads, "v_proj": 0}
        qkv = [self._rows(attention + name, count) for name, count in heads.items()]
        down = "down_proj" if shape.gated else "c_proj"
        up = [self._rows(mlp + name) for name in (("gate_proj", "up_proj") if shape.gated else ("c_fc",))]
        own, inner = shape.n_heads * shape.head_dim, shape.intermediate
        all_heads = own + 2 * shape.n_kv_heads * shape.head_dim
        return Layer(
            qkv=self.linear(*_stacked(qkv), (all_heads, shape.hidden), norm=prefix + "input_layernorm."),
            out=self.linear(*self._rows(attention + "o_proj"), (shape.hidden, own), scale=shape.residual_scale),
            up=self.linear(*_stacked(up), (len(up) * inner, shape.hidden), norm=prefix + "post_attention_layernorm."),
            down=self.linear(*self._rows(mlp + down), (shape.hidden, inner), scale=shape.residual_scale),
            q_gain=self._gain(attention + "q_norm.weight"),
            k_gain=self._gain(attention + "k_norm.weight"),
        )

    def linear(
        self, weight: Tensor, bias: Tensor | None, size: tuple[int, int], *, norm: str = "", scale: float = 1.0
    ) -> Linear:
        """With the gain and the bias of the norm before it, and the scale of the residual behind it."""
        if weight.shape != size:
            raise ValueError(f"a weight is {tuple(weight.shape)}, which should be {size}")
        weight = weight.float()
        if norm:
            shift = self.weights.get(norm + "bias")
            if shift is not None:
                moved = weight @ shift.float()
                bias = moved if bias is None else bias.float() + moved
            gain = self.weights[norm + "weight"].float()
            weight = weight if bool((gain == 1).all()) else weight * gain  # ones where they are folded in already
        if scale != 1.0:
            weight, bias = weight * scale, None if bias is None else bias * scale
        return self.make(weight.to(self.device), None if bias is None else bias.to(self.device))

    def _rows(self, name: str, rotated_heads: int = 0) -> tuple[Tensor, Tensor | None]:
        weight, bias = self.weights[name + ".weight"], self.weights.get(name + ".bias")
        if rotated_heads:
            weight = interleaved(weight, rotated_heads)
            bias = None if bias is None else interleaved(bias, rotated_heads)
        return weight, bias

    def _gain(self, name: str) -> Tensor | None:
        if not self.shape.qk_norm:
            return None
        return interleaved(self.weights[name], 1).to(self.device, self.dtype)


def _stacked(parts: list[tuple[Tensor, Tensor | None]]) -> tuple[Tensor, Tensor | None]:
    """One above the other, for one product instead of several."""
    weight = torch.cat([weight for weight, _ in parts])
    biases = [torch.zeros(len(weight)) if bias is None else bias for weight, bias in parts]
    return weight, None if all(bias is None for _, bias in parts) else torch.cat(biases)
