"""Reads Kubernetes objects as JSON, one a line, and prints a line for each fault that the schemas of
Kubernetes find, strictly: an unknown field is one. Each object is read by the schemas of all versions
that are named as arguments. Kinds that are no part of Kubernetes are left out.

    python validate.py 1.27 1.28 … <objects
"""

import functools
import json
import sys

import kubernetes_validate
from kubernetes_validate import utils

# The schemas of a version are several megabytes, and are read again for each object without this.
utils.schema_contents = functools.lru_cache(maxsize=256)(utils.schema_contents)

FOREIGN = ("monitoring.coreos.com/", "gateway.networking.k8s.io/")

objects = [json.loads(line) for line in sys.stdin]
for version in sys.argv[1:]:
    for item in objects:
        if item["apiVersion"].startswith(FOREIGN):
            continue
        name = f'{version}: {item["kind"]} {item["metadata"]["name"]}'
        try:
            read_by = kubernetes_validate.validate(item, version, strict=True)
            if read_by != version:
                print(f"{name}: was read by the schemas of {read_by}")
        except kubernetes_validate.ValidationError as error:
            print(f"{name}: {'.'.join(map(str, error.path))}: {error.message}")
        except utils.SchemaNotFoundError as error:
            print(f"{name}: {error.message}")
