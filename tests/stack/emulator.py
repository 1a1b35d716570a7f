"""MiniStack as a process, and what is needed to deploy to it and to look inside."""

import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile

import boto3
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from process import Failed, Process, free_port

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "infra"))
from tagged import Tagged  # noqa: E402

REGION = "us-east-1"
STACK = "wechat-functions"
BUCKET = "code"
# Retries would hide what the emulator answers.
CONFIG = Config(region_name=REGION, retries={"max_attempts": 1}, read_timeout=120)


class Emulator(Process):
    """MiniStack on a free port, in a folder of its own."""

    def __init__(self, root):
        self.root = root
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.TemporaryDirectory(prefix="stack-")
        super().__init__(
            [sys.executable, "-m", "ministack"],
            f"{self.endpoint}/_ministack/health",
            GATEWAY_PORT=str(self.port),
            BIND_HOST="127.0.0.1",
            MINISTACK_REGION=REGION,
            TMPDIR=self.folder.name,
            # Where the functions find AWS; each acts as its own role, and the policies hold.
            AWS_ENDPOINT_URL=self.endpoint,
            AUTH="true",
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            LOG_LEVEL="INFO",
        )

    def __exit__(self, *error):
        super().__exit__(*error)
        self.folder.cleanup()

    def client(self, service):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.endpoint, config=CONFIG, **keys)

    def account(self, prefix, name, callback, secret):
        """Stores an account's two parameters, as the deployment guide has people do it."""
        ssm = self.client("ssm")
        for part, value in (("callback", callback), ("secret", secret)):
            ssm.put_parameter(Name=f"/{prefix}/{name}/{part}", Type="SecureString", Value=json.dumps(value))

    def deploy(self, options, adapted, **parameters):
        """Uploads the functions, creates the stack, and returns its outputs."""
        template = adapted(yaml.load((self.root / "template.yaml").read_text(), Loader=Tagged))
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                binary = resource["Metadata"]["BuildProperties"]["Binary"]
                s3.put_object(Bucket=BUCKET, Key=binary, Body=packed(binary, options))
                resource["Properties"]["CodeUri"] = {"Bucket": BUCKET, "Key": binary}
        # As SAM does, for a body of over 51,200 letters is refused.
        s3.put_object(Bucket=BUCKET, Key="template", Body=json.dumps(template).encode())
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=STACK,
            TemplateURL=f"{self.endpoint}/{BUCKET}/template",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        )
        end = time.monotonic() + 120
        while time.monotonic() < end:
            stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
            if stack["StackStatus"] == "CREATE_COMPLETE":
                self.add_routes()
                return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
            if stack["StackStatus"] != "CREATE_IN_PROGRESS":
                events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
                failed = [f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}" for e in events if "FAILED" in e["ResourceStatus"]]
                raise Failed(f"the stack is {stack['StackStatus']}: {failed or stack.get('StackStatusReason')}")
            time.sleep(0.5)
        raise Failed("the stack was not created within 120 s")

    def resources(self):
        """What the stack consists of."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        return [one for page in pages.paginate(StackName=STACK) for one in page["StackResourceSummaries"]]

    def add_routes(self):
        """Makes the routes of the API's Body one by one, for the emulator drops it (see limits.py)."""
        cloudformation, gateway = self.client("cloudformation"), self.client("apigatewayv2")
        processed = cloudformation.get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"]
        physical = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in self.resources()}
        processed = json.loads(processed) if isinstance(processed, str) else processed
        for path, methods in processed["Resources"]["Api"]["Properties"]["Body"]["paths"].items():
            for method, operation in methods.items():
                integration = operation["x-amazon-apigateway-integration"]
                # A function, or the alias of one.
                function = re.search(r"\$\{(\w+?)(?:Aliaslive|\.Arn)\}", json.dumps(integration["uri"]))[1]
                made = gateway.create_integration(
                    ApiId=physical["Api"],
                    IntegrationType="AWS_PROXY",
                    IntegrationUri=f"arn:aws:lambda:{REGION}:000000000000:function:{physical[function]}",
                    PayloadFormatVersion=integration["payloadFormatVersion"],
                )
                signed = any("AWS_IAM" in scheme for scheme in operation.get("security", []))
                verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
                gateway.create_route(
                    ApiId=physical["Api"],
                    RouteKey=f"{verb} {path}",
                    AuthorizationType="AWS_IAM" if signed else "NONE",
                    Target=f"integrations/{made['IntegrationId']}",
                )

    def url(self, api, path):
        """Where a route of the deployed API is served."""
        return f"{self.endpoint}/_aws/execute-api/{api}/$default{path}"

    def signed(self, api, method, path, body=None):
        """A request signed for execute-api; status and JSON."""
        data = b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(method, self.url(api, path), data=data, headers={"content-type": "application/json"})
        SigV4Auth(Credentials("test", "test"), "execute-api", REGION).add_auth(request)
        plain = urllib.request.Request(request.url, data or None, dict(request.headers), method=method)
        try:
            with urllib.request.urlopen(plain, timeout=40) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith("{") else {"body": text}

    def logged(self, word):
        """The log lines of all functions that hold a word."""
        groups = self.client("logs")
        found = []
        for group in groups.describe_log_groups()["logGroups"]:
            events = groups.filter_log_events(logGroupName=group["logGroupName"])["events"]
            found += [event["message"] for event in events if word in event["message"]]
        return found

    def show_logs(self):
        """What the functions and the emulator said last, for a failure."""
        print(self.tail(), file=sys.stderr)
        for word in ("ERROR", "WARN", "rror:"):
            for line in self.logged(word)[-10:]:
                print(line[:1000], file=sys.stderr)


def packed(binary, options):
    """The archive Lambda gets: the function as `bootstrap`."""
    if options.zips:
        return (options.zips / f"{binary}.zip").read_bytes()
    path = options.functions / binary
    if not path.is_file():
        raise Failed(f"{path} is not built; cargo build --workspace builds it")
    with tempfile.TemporaryDirectory() as folder:
        stripped = pathlib.Path(folder) / "bootstrap"
        subprocess.run(["strip", "-o", stripped, path], check=True)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, stripped.read_bytes())
        return archive.getvalue()
