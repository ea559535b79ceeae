"""From a model of transformers to ours: layers fused, gains of norms folded in, queries and keys interleaved."""

from collections.abc import Mapping

import torch
from torch import Tensor

from speedproof.suggest.local.cache import interleaved
from speedproof.suggest.local.linear import Linear, Precision, linear
from speedproof.suggest.local.model import Layer, Model
from speedproof.suggest.local.shape import Shape

Weights = Mapping[str, Tensor]
"""By the names that transformers gives them."""


def built(shape: Shape, weights: Weights, precision: Precision, device: torch.device) -> Model:
    """Raises KeyError where a weight is missing."""
    builder = _Builder(shape, weights, precision, device)
    embedding = weights["model.embed_tokens.weight"]
    head = embedding if shape.tied else weights["lm_head.weight"]
    dtype = torch.float32 if device.type == "cpu" or precision is Precision.FP32 else torch.bfloat16
    kept = torch.float32 if precision is Precision.FP32 else torch.bfloat16
    return Model(
        shape=shape,
        embedding=embedding.to(device, kept),
        layers=tuple(builder.layer(f"model.layers.{number}.") for number in range(shape.n_layers)),
        head=builder.linear(head, None, norm="model.norm."),
        dtype=dtype,
        device=device,
    )


class _Builder:
    def __init__(self, shape: Shape, weights: Weights, precision: Precision, device: torch.device) -> None:
        self.shape = shape
        self.weights = weights
        self.precision = precision
        self.device = device

    def layer(self, prefix: str) -> Layer:
        shape, attention, mlp = self.shape, prefix + "self_attn.", prefix + "mlp."
        heads = {"q_proj": shape.n_heads, "k_proj": shape.n_kv_heads, "v_proj": 0}
        qkv = [self._rows(attention + name, count) for name, count in heads.items()]
        down = "down_proj" if shape.gated else "c_proj"
        up = [self._rows(mlp + name) for name in (("gate_proj", "up_proj") if shape.gated else ("c_fc",))]
        return Layer(
            qkv=self.linear(*_stacked(qkv), norm=prefix + "input_layernorm."),
            out=self.linear(*self._rows(attention + "o_proj"), scale=shape.residual_scale),
            up=self.linear(*_stacked(up), norm=prefix + "post_attention_layernorm."),
            down=self.linear(*self._rows(mlp + down), scale=shape.residual_scale),
            q_gain=self._gain(attention + "q_norm.weight"),
            k_gain=self._gain(attention + "k_norm.weight"),
        )

    def linear(self, weight: Tensor, bias: Tensor | None, *, norm: str = "", scale: float = 1.0) -> Linear:
        """With the gain and the bias of the norm before it, and the scale of the residual behind it."""
        weight = weight.float()
        if norm:
            shift = self.weights.get(norm + "bias")
            if shift is not None:
                moved = weight @ shift.float()
                bias = moved if bias is None else bias.float() + moved
            weight = weight * self.weights[norm + "weight"].float()
        if scale != 1.0:
            weight, bias = weight * scale, None if bias is None else bias * scale
        return linear(weight.to(self.device), None if bias is None else bias.to(self.device), self.precision)

    def _rows(self, name: str, rotated_heads: int = 0) -> tuple[Tensor, Tensor | None]:
        weight, bias = self.weights[name + ".weight"], self.weights.get(name + ".bias")
        if rotated_heads:
            weight = interleaved(weight, rotated_heads)
            bias = None if bias is None else interleaved(bias, rotated_heads)
        return weight, bias

    def _gain(self, name: str) -> Tensor | None:
        if not self.shape.qk_norm:
            return None
        dtype = torch.float32 if self.device.type == "cpu" or self.precision is Precision.FP32 else torch.bfloat16
        return interleaved(self.weights[name], 1).to(self.device, dtype)


def _stacked(parts: list[tuple[Tensor, Tensor | None]]) -> tuple[Tensor, Tensor | None]:
    """One above the other, for one product instead of several."""
    weight = torch.cat([weight for weight, _ in parts])
    biases = [torch.zeros(len(weight)) if bias is None else bias for weight, bias in parts]
    return weight, None if all(bias is None for _, bias in parts) else torch.cat(biases)
