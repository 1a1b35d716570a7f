"""YAML with CloudFormation's short forms."""

import yaml


class Tagged(yaml.SafeLoader):
    """Reads `!Ref` and its like as their long forms."""


def _long_form(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if tag in ("Ref", "Condition"):
        return {tag: value}
    return {f"Fn::{tag}": value.split(".", 1) if tag == "GetAtt" else value}


Tagged.add_multi_constructor("!", _long_form)
