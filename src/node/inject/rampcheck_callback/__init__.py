"""The part of rampcheck that runs inside every rank: it proves which learning rate the optimizer really uses.

    rank        who this process is; start, faults, the end
    channel     the connection to the node's agent
    hooks       the moments that matter: Trainer made, optimizer stepped, update left out, DeepSpeed's model step
    watcher     one training for every optimizer, in the order of their first steps
    training    what one optimizer is expected to use, is projected to use, and uses
    expected    what it was asked for, from --expect, TrainingArguments or a DeepSpeed config
    curves      learning rates by step, by the library's own scheduler on a dummy optimizer
    schedulers  which live scheduler drives which optimizer, and how often it is stepped
    projection  the future of a live scheduler, in slices
    hold        how many optimizer steps are held, from the whole expected curve
    proof       counts the steps that agree, and says once that the training is proven
    stated      what the command itself says, against what the optimizer was made with
    in_force    the scheduler that really decides, as a diagnosis needs it
    facts       what else a diagnosis may be recognised by
    compare     the tolerance, and the first difference of two curves

Standard library only at import; torch, transformers and DeepSpeed are touched when the user's script has imported them.
Every rank decides by itself. While the run is held any fault ends it; after release no fault may touch the training.
"""
