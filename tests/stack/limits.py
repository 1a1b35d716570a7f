"""What the emulator (MiniStack 1.5.33) cannot do, by resource, and what is done about it.

Everything that is not listed is created by CloudFormation from the template as it stands.
"""

from process import Failed

LIMITS = {
    "AWS::ApiGatewayV2::Api": "drops its Body, where SAM puts the routes; they are made from it one by one",
    "AWS::ApiGatewayV2::Stage": "neither throttles nor writes access logs; those settings are only linted",
    "AWS::IAM::ManagedPolicy": "takes an empty list of subnets for one, so the right to network interfaces is made without a VPC",
    "AWS::IAM::Role": "asks for sqs:SendMessageBatch and its like, which IAM does not have, and for GetParameters and GetParametersByPath on *; granted",
    "AWS::Lambda::Function": "starts x86_64 processes of this machine: no arm64, no VPC, no log format or level, no tracing",
    "AWS::Scheduler::Schedule": "does not retry, so nothing comes to ScheduleDeadLetters",
    "AWS::DynamoDB::Table": "notes recovery and encryption without having them",
    "AWS::Logs::LogGroup": "notes the retention; nothing grows old while the test runs",
}
# Created as they stand, and driven by the smoke test.
WHOLE = {
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::SQS::Queue",
}


def adapted(template):
    """The template with what the emulator asks for and AWS does not; all else is granted as it stands."""
    for resource in template["Resources"].values():
        for policy in resource["Properties"].get("Policies", []):
            policy = policy["PolicyDocument"]
            for statement in policy["Statement"]:
                actions = statement["Action"]
                actions = [actions] if isinstance(actions, str) else actions
                batches = [f"{action}Batch" for action in actions if action.startswith("sqs:")]
                statement["Action"] = actions + batches
            granted = {action for statement in policy["Statement"] for action in statement["Action"]}
            several = sorted(granted & {"ssm:GetParameters", "ssm:GetParametersByPath"})
            if several:
                policy["Statement"].append({"Effect": "Allow", "Action": several, "Resource": "*"})
    return template


def judge(emulator):
    """Every resource is created, and of a kind that is known here; the lists hold no other."""
    kinds = set()
    for resource in emulator.resources():
        kinds.add(resource["ResourceType"])
        if resource["ResourceStatus"] != "CREATE_COMPLETE":
            raise Failed(f"{resource['LogicalResourceId']} is {resource['ResourceStatus']}")
    known = WHOLE | set(LIMITS)
    if kinds != known:
        raise Failed(f"limits.py: say what the emulator does with {kinds - known}; not in the stack: {known - kinds}")
    for kind, limit in sorted(LIMITS.items()):
        print(f"  {kind}: {limit}")
