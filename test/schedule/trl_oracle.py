"""Real TRL trainers, many in sequence: a JSON list of settings on stdin, the optimizer steps that each counts on stdout.

Started once per rank with torch.distributed's variables set; rank 0 answers. Every rank reads the same list.
"""

import copy
import json
import logging
import os
import sys
import tempfile
import warnings

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import torch  # noqa: E402
import trl  # noqa: E402
from datasets import Dataset  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402
from transformers import (  # noqa: E402
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2ForSequenceClassification,
    TrainerCallback,
)

torch.set_num_threads(1)

words = {word: number for number, word in enumerate(["<pad>", "<eos>", "<unk>", "a", "b", "c"])}
tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>", padding_side="left"
)
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

# A long row has more words than any max_length here.
rows = {
    "SFT": lambda long: {"text": "a b c"},
    "DPO": lambda long: {"prompt": "a " * (40 if long else 1), "chosen": "b", "rejected": "c"},
    "Reward": lambda long: {"chosen": "a " * (40 if long else 2), "rejected": "a c"},
    "GRPO": lambda long: {"prompt": "a b"},
    "RLOO": lambda long: {"prompt": "a b"},
}


class Counted(Exception):
    """Everything is counted before the first step: nothing needs to be trained."""


class Stop(TrainerCallback):
    def on_train_begin(self, args, state, control, **kwargs):
        raise Counted


def count(setting, folder):
    kind = setting["trainer"]
    args = getattr(trl, f"{kind}Config")(
        output_dir=folder, use_cpu=True, bf16=False, report_to=[], save_strategy="no", disable_tqdm=True, **setting["arguments"]
    )
    long = setting.get("long", 0)
    data = Dataset.from_list([rows[kind](index < long) for index in range(setting["samples"])])
    model = (Qwen2ForSequenceClassification if kind == "Reward" else Qwen2ForCausalLM)(config)
    model.config._name_or_path = "tiny"
    more = {"ref_model": copy.deepcopy(model)} if kind == "DPO" else {}
    if kind in ("GRPO", "RLOO"):
        more["reward_funcs"] = lambda completions, **_: [0.0 for _ in completions]
    trainer = getattr(trl, f"{kind}Trainer")(
        model=model, args=args, train_dataset=data, processing_class=tokenizer, callbacks=[Stop()], **more
    )
    try:
        trainer.train()
    except Counted:
        return {"total": trainer.state.max_steps}


def main():
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for setting in json.load(sys.stdin):
            try:
                results.append(count(setting, folder))
            except Exception as error:
                results.append({"error": f"{type(error).__name__}: {error}"})
    if os.environ.get("RANK", "0") == "0":
        answers.write(json.dumps(results))
        answers.flush()
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


main()
