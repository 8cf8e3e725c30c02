"""A model of a few weights and synthetic samples: what the cases train, so that a case takes seconds."""

import torch


class TinyModel(torch.nn.Module):
    """A regression with a body and a head, in the form that a Trainer calls."""

    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(4, 8)
        self.head = torch.nn.Linear(8, 1)

    def forward(self, x, labels=None):
        y = self.head(torch.tanh(self.body(x.to(self.body.weight.dtype)))).squeeze(-1)
        loss = None if labels is None else torch.nn.functional.mse_loss(y, labels.to(y.dtype))
        return {"loss": loss, "logits": y}


class Samples(torch.utils.data.Dataset):
    def __init__(self, count):
        self.x = torch.randn(count, 4, generator=torch.Generator().manual_seed(0))

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return {"x": self.x[index], "labels": self.x[index].sum()}
