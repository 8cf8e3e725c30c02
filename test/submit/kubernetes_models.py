"""Passes objects through the models that their projects publish. Standard input: a JSON list; output: what did not come back.

JobSet, TrainJob, TrainingRuntime, ConfigMap and Secret are of kubeflow-trainer-api, PyTorchJob of kubeflow-training. A model
refuses wrong types, and drops what it does not know: both are problems.
"""

import json
import sys


def problems(sent, returned, path):
    """What was sent and is not the same in what came back."""
    if isinstance(sent, dict) and isinstance(returned, dict):
        return [
            problem
            for key in sent
            for problem in (
                problems(sent[key], returned[key], f"{path}.{key}") if key in returned else [f"{path}.{key} is dropped"]
            )
        ] + [f"{path}.{key} is added" for key in returned if key not in sent]
    if isinstance(sent, list) and isinstance(returned, list) and len(sent) == len(returned):
        return [problem for index, item in enumerate(sent) for problem in problems(item, returned[index], f"{path}[{index}]")]
    return [] if sent == returned else [f"{path}: {sent!r} became {returned!r}"]


def through_trainer_api(document):
    from kubeflow_trainer_api import models

    names = {
        "JobSet": "JobsetV1alpha2JobSet",
        "TrainJob": "TrainerV1alpha1TrainJob",
        "TrainingRuntime": "TrainerV1alpha1TrainingRuntime",
        "ConfigMap": "IoK8sApiCoreV1ConfigMap",
        "Secret": "IoK8sApiCoreV1Secret",
    }
    return getattr(models, names[document["kind"]]).from_dict(document).to_dict()


def through_training(document):
    from kubeflow.training import ApiClient

    class Response:
        data = json.dumps(document)

    client = ApiClient()
    return client.sanitize_for_serialization(client.deserialize(Response, "KubeflowOrgV1PyTorchJob"))


def main():
    found = []
    for document in json.load(sys.stdin):
        through = through_training if document["kind"] == "PyTorchJob" else through_trainer_api
        try:
            found += problems(document, through(document), document["kind"])
        except Exception as error:
            found.append(f"{document['kind']}: {error}")
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
