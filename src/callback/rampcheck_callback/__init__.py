"""The part of rampcheck that runs inside every rank: it proves which learning rate the optimizer really uses.

    rank        who this process is; start, faults, the end
    channel     the connection to the node's agent
    hooks       the moments that matter: Trainer made, optimizer stepped, DeepSpeed's model step
    training    one training: what is expected, projected and observed
    expected    the expected curve, from the library's own scheduler on a dummy optimizer
    projection  the future of the live scheduler, from a copy of it
    compare     the tolerance, and the first difference of two curves

Standard library only at import; torch, transformers and DeepSpeed are touched when the user's script has imported them.
Every rank decides by itself. While the run is held any fault ends it; after release no fault may touch the training.
"""
