"""A template as CloudFormation gets it: transformed by SAM's own translator, with conditions and parameters worked out."""

import contextlib
import io
import logging
import os
import pathlib
import subprocess
import sys

import yaml
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from samtranslator.translator.transform import transform

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "infra"))
from tagged import Tagged  # noqa: E402

REGION = "us-east-1"
os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
# It warns of figures about itself that nobody collects.
logging.getLogger("samtranslator").setLevel(logging.CRITICAL)


def now(path):
    """A template as it stands in this checkout."""
    return (ROOT / path).read_text()


def before(path, commit):
    """A template as it stood in a commit, which is fetched where this clone has no history; `None` if it cannot be had."""
    git = lambda *arguments: subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    if git("cat-file", "-e", commit).returncode:
        git("fetch", "--quiet", "--depth", "1", "origin", commit)
    shown = git("show", f"{commit}:{path}")
    return None if shown.returncode else shown.stdout


def read(path):
    """A template of this checkout, with intrinsic functions in their long form."""
    return yaml.load(now(path), Loader=Tagged)


class _NoManagedPolicies:
    """None is looked up: whoever names one of AWS's policies fails."""

    def load(self):
        return {}


def translate(template, parameters):
    """What SAM makes of a template, with its functions' code where `sam package` would have put it."""
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    # It prints that its figures were not published.
    with contextlib.redirect_stdout(io.StringIO()):
        return transform(template, parameters, _NoManagedPolicies())


def translated(template=None, **parameters):
    """The resources of template.yaml, or another, as CloudFormation gets them, by logical id; conditions are left as they are."""
    return translate(template or read("template.yaml"), parameters)["Resources"]


def of_type(resources, kind):
    """The properties of the resources of a type, by logical id."""
    return {name: one.get("Properties", {}) for name, one in resources.items() if one["Type"] == kind}


def listed(value):
    """IAM takes one for a list of one."""
    return value if isinstance(value, list) else [value]


def walk(value):
    """Everything in a template's value, itself first."""
    yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from walk(one)


class Stack:
    """The resources that a template makes with these parameters."""

    def __init__(self, text, **parameters):
        template = yaml.load(text, Loader=Tagged)
        declared = template.get("Parameters", {})
        self.parameters = {name: str(one.get("Default", "")) for name, one in declared.items()} | parameters
        for name, one in declared.items():
            if one["Type"] == "CommaDelimitedList":
                self.parameters[name] = [part for part in self.parameters[name].split(",")]
        self.parameters |= {"AWS::Partition": "aws", "AWS::Region": REGION}
        self.conditions = template.get("Conditions", {})
        if "Transform" in template:
            template = translate(template, {name: value for name, value in self.parameters.items() if isinstance(value, str)})
        self.resources = self._present(template["Resources"])
        self.outputs = self._present(template.get("Outputs", {}))

    def of(self, kind):
        """The properties of all resources of a kind, by logical id."""
        return of_type(self.resources, kind)

    def _present(self, entries):
        here = lambda one: "Condition" not in one or self._holds(one["Condition"])
        return {id: self._resolved(one) for id, one in entries.items() if here(one)}

    def _holds(self, condition):
        """Whether a condition holds, by its name or as it is written."""
        if isinstance(condition, str):
            return self._holds(self.conditions[condition])
        (function, operands), = condition.items()
        if function == "Condition":
            return self._holds(operands)
        if function == "Fn::Equals":
            left, right = (self._resolved(one) for one in operands)
            return str(left) == str(right)
        answers = [self._holds(one) for one in operands]
        return {"Fn::Not": lambda: not answers[0], "Fn::And": lambda: all(answers), "Fn::Or": lambda: any(answers)}[function]()

    def _resolved(self, value):
        """A value with parameters and conditions worked out; what only AWS knows stays as it is written."""
        if isinstance(value, list):
            return [one for one in map(self._resolved, value) if one is not None]
        if not isinstance(value, dict):
            return value
        if value.get("Ref") in self.parameters:
            return self.parameters[value["Ref"]]
        if value.get("Ref") == "AWS::NoValue":
            return None
        if set(value) == {"Fn::If"}:
            condition, yes, no = value["Fn::If"]
            return self._resolved(yes if self._holds(condition) else no)
        if set(value) == {"Fn::Join"}:
            glue, parts = self._resolved(value["Fn::Join"])
            if all(isinstance(part, str) for part in parts):
                return glue.join(parts)
        resolved = {key: self._resolved(one) for key, one in value.items()}
        return {key: one for key, one in resolved.items() if one is not None}


def schema(kind):
    """What AWS publishes about a resource type, as cfn-lint brings it."""
    return PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema


def fixed(kind):
    """The properties of a resource type whose change makes another resource of it."""
    known = schema(kind)
    paths = known.get("createOnlyProperties", []) + known.get("conditionalCreateOnlyProperties", [])
    return {path.split("/")[2] for path in paths}
