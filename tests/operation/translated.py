"""template.yaml as SAM's own translator turns it into CloudFormation, and the other templates as they are read."""

import os
import pathlib
import sys

import yaml
from samtranslator.translator.transform import transform

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "infra"))
from tagged import Tagged  # noqa: E402


def read(path):
    """A template, with intrinsic functions in their long form."""
    return yaml.load((ROOT / path).read_text(), Loader=Tagged)


class NoManagedPolicies:
    """None is looked up: whoever names one of AWS's policies fails."""

    def load(self):
        return {}


def translated(region="us-east-1", template=None, **parameters):
    """The resources that CloudFormation gets, by logical id."""
    os.environ["AWS_DEFAULT_REGION"] = region
    template = template or read("template.yaml")
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": "code", "Key": "zip"}
    return transform(template, parameters, NoManagedPolicies())["Resources"]


def of_type(resources, kind):
    """The resources of a type, by logical id."""
    return {name: one["Properties"] for name, one in resources.items() if one["Type"] == kind}


def listed(value):
    """IAM takes one for a list of one."""
    return value if isinstance(value, list) else [value]


def walk(value):
    """Everything in a template's value, itself first."""
    yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from walk(one)
