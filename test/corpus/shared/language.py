"""A language model and a tokenizer of a few words, for TRL's trainers."""

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config

words = {word: number for number, word in enumerate(["<pad>", "<eos>", "<unk>", "a", "b", "c", "d"])}
config = Qwen2Config(
    vocab_size=len(words),
    hidden_size=8,
    intermediate_size=8,
    num_hidden_layers=1,
    num_attention_heads=1,
    num_key_value_heads=1,
    pad_token_id=0,
    eos_token_id=1,
    num_labels=1,
)


def make_tokenizer():
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"pad_token": "<pad>", "eos_token": "<eos>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, padding_side="left", **special)


def make_model(cls):
    model = cls(config)
    model.config._name_or_path = "tiny"
    return model
