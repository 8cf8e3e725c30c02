"""Reads a SkyPilot and a dstack task file with their own packages. Standard input: {"skypilot": text, "dstack": text}."""

import json
import sys

import yaml


def read_skypilot(text):
    import sky

    document = yaml.safe_load(text)
    task = sky.Task.from_yaml_config({**document, "workdir": None})
    (resources,) = task.resources
    image = resources.image_id
    return {
        "nodes": task.num_nodes,
        "accelerators": resources.accelerators,
        "image": image[None] if image else None,
        "sameCommand": task.run == document["run"],
    }


def read_dstack(text):
    from dstack._internal.core.models.configurations import parse_run_configuration

    document = yaml.safe_load(text)
    task = parse_run_configuration(document)
    gpu = task.resources.gpu
    return {
        "nodes": task.nodes,
        "gpu": [gpu.name[0], gpu.count.min],
        "image": task.image,
        "sameCommand": task.commands == document["commands"],
    }


def main():
    texts = json.load(sys.stdin)
    readers = {"skypilot": read_skypilot, "dstack": read_dstack}
    found = {name: read(texts[name]) for name, read in readers.items()}
    # A field that does not exist is refused, so that silence means something.
    found["refused"] = []
    for name, read in readers.items():
        try:
            read(texts[name] + "\nrampcheck_invention: 1\n")
        except Exception:
            found["refused"].append(name)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
