"""What a release is made of: packaged templates that deploy without Rust, checksums, and actions pinned by commit."""

import importlib.machinery
import importlib.util
import pathlib
import re
import tempfile
import time
import unittest
import zipfile

import yaml
from botocore.exceptions import ClientError

from translated import ROOT, Tagged, of_type, read, translated


def script(name):
    """A script of infra/release as a module."""
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), str(ROOT / "infra/release" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


class Table:
    """A table's rows, as far as copy-rows asks for them."""

    def __init__(self, **tables):
        self.tables = {name: {row["id"]["S"]: row for row in rows} for name, rows in tables.items()}

    def describe_table(self, TableName):
        return {"Table": {"KeySchema": [{"AttributeName": "other" if TableName == "odd" else "id", "KeyType": "HASH"}]}}

    def get_paginator(self, _):
        return self

    def paginate(self, TableName, ConsistentRead):
        rows = list(self.tables[TableName].values())
        yield from ({"Items": rows[i : i + 2]} for i in range(0, len(rows), 2))

    def get_item(self, TableName, Key, ConsistentRead):
        row = self.tables[TableName].get(Key["id"]["S"])
        return {"Item": row} if row else {}

    def put_item(self, TableName, Item, ConditionExpression, ExpressionAttributeNames):
        assert (ConditionExpression, ExpressionAttributeNames) == ("attribute_not_exists(#key)", {"#key": "id"})
        if Item["id"]["S"] in self.tables[TableName]:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")
        self.tables[TableName][Item["id"]["S"]] = Item


def row(name, text="", **more):
    return {"id": {"S": name}, "text": {"S": text}, **more}


class CopyRows(unittest.TestCase):
    def setUp(self):
        old = [row("a", "old"), row("b"), row("c", expires_at={"N": "5"}), row("d", expires_at={"N": "15"})]
        self.table, self.copy = Table(old=old, new=[row("a", "new")], odd=[]), script("copy-rows").copy

    def test_what_is_there_stays_and_what_has_expired_stays_away(self):
        self.assertEqual(self.copy(self.table, "old", "new", dry=True, now=10), (2, 1, 1))
        self.assertEqual(list(self.table.tables["new"]), ["a"])
        self.assertEqual(self.copy(self.table, "old", "new", now=10), (2, 1, 1))
        self.assertEqual(self.table.tables["new"]["a"]["text"], {"S": "new"})
        self.assertEqual(sorted(self.table.tables["new"]), ["a", "b", "d"])
        self.assertEqual(self.copy(self.table, "old", "new", now=10), (0, 3, 1))

    def test_tables_of_another_kind_are_refused(self):
        with self.assertRaises(SystemExit):
            self.copy(self.table, "old", "odd", now=time.time())


class Package(unittest.TestCase):
    def bundle(self, architecture):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for function in (ROOT / "functions").iterdir():
                with zipfile.ZipFile(folder / f"{function.name}.zip", "w") as packed:
                    packed.writestr("bootstrap", function.name)
            archive = script("package").package(folder, architecture, "1.2.3", folder)
            with zipfile.ZipFile(archive) as packed:
                names = set(packed.namelist())
                return archive.name, names, packed.read("template.yaml").decode()

    def test_both_architectures_deploy_without_a_build(self):
        for architecture in ("arm64", "x86_64"):
            name, names, text = self.bundle(architecture)
            self.assertEqual(name, f"wechat-functions-1.2.3-{architecture}.zip")
            self.assertLessEqual({"template.yaml", "infra/network.yaml", "infra/observability.yaml", "README.md", "LICENSE"}, names)
            template = yaml.load(text, Loader=Tagged)
            uris = {one["CodeUri"] for one in of_type(template["Resources"], "AWS::Serverless::Function").values()}
            self.assertEqual(len(uris), 9)
            self.assertLessEqual({uri.removeprefix("./") for uri in uris}, names)
            self.assertNotIn("rust-cargolambda", text)
            functions = of_type(translated(template=template), "AWS::Lambda::Function")
            self.assertEqual({str(one["Architectures"]) for one in functions.values()}, {str([architecture])})

    def test_the_same_zips_give_the_same_archive(self):
        self.assertEqual(self.bundle("arm64"), self.bundle("arm64"))

    def test_a_zip_that_is_missing_is_named(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(SystemExit, "callback.zip"):
            script("package").package(pathlib.Path(folder), "arm64", "1.2.3", pathlib.Path(folder))


class Gradual(unittest.TestCase):
    def made(self, gradual):
        return translated(Gradual=gradual)

    def test_pushes_go_to_the_alias_either_way(self):
        for gradual in ("true", "false"):
            resources = self.made(gradual)
            route = resources["Api"]["Properties"]["Body"]["paths"]["/callback/{account}"]["x-amazon-apigateway-any-method"]
            self.assertIn("${CallbackAliaslive}", str(route["x-amazon-apigateway-integration"]["uri"]))
            self.assertEqual(resources["CallbackAliaslive"]["Properties"]["Name"], "live")
            may = [one for one in of_type(resources, "AWS::Lambda::Permission").values() if one["FunctionName"] == {"Ref": "CallbackAliaslive"}]
            self.assertEqual(len(may), 1)

    def test_a_part_of_the_pushes_and_the_way_back(self):
        resources = self.made("true")
        self.assertIn("CodeDeployLambdaAliasUpdate", resources["CallbackAliaslive"]["UpdatePolicy"])
        [group] = of_type(resources, "AWS::CodeDeploy::DeploymentGroup").values()
        self.assertIn("DEPLOYMENT_STOP_ON_ALARM", group["AutoRollbackConfiguration"]["Events"])
        self.assertIn("CallbackShiftFails", str(group["AlarmConfiguration"]))
        self.assertIn("CallbackShiftRole", str(group["ServiceRoleArn"]))
        self.assertNotIn("CodeDeployServiceRole", resources)

    def test_all_at_once_needs_no_codedeploy(self):
        resources = self.made("false")
        self.assertNotIn("UpdatePolicy", resources["CallbackAliaslive"])
        self.assertFalse([one for one in resources.values() if one["Type"].startswith("AWS::CodeDeploy")])


class BillOfMaterials(unittest.TestCase):
    def test_it_lists_what_is_linked_and_nothing_else(self):
        made = script("bill-of-materials")
        bill = made.bill(made.metadata("arm64"), (ROOT / "Cargo.lock").read_text())
        components = {one["name"]: one for one in bill["components"]}
        self.assertLessEqual({folder.name for folder in (ROOT / "functions").iterdir()}, set(components))
        self.assertLessEqual({"shared", "wechat-oa", "aws-sdk-dynamodb", "lambda_runtime"}, set(components))
        self.assertFalse({"tests", "platform", "local", "sam-local"} & set(components))
        library = components["aws-sdk-dynamodb"]
        self.assertRegex(library["hashes"][0]["content"], r"^[0-9a-f]{64}$")
        self.assertEqual(library["purl"], f"pkg:cargo/aws-sdk-dynamodb@{library['version']}")
        self.assertNotIn(str(ROOT), str(bill))
        known = {one["bom-ref"] for one in bill["components"]}
        self.assertEqual(len(known), len(bill["components"]))
        for one in bill["dependencies"]:
            self.assertLessEqual(set(one["dependsOn"]), known)


class Repository(unittest.TestCase):
    def test_the_serverless_application_repository_can_take_it(self):
        about = read("template.yaml")["Metadata"]["AWS::ServerlessRepo::Application"]
        version = re.search(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.M)
        self.assertEqual(about["SemanticVersion"], version[1])
        self.assertRegex(about["Name"], r"^[a-zA-Z0-9-]{1,140}$")
        self.assertLessEqual(len(about["Description"]), 256)
        for file in ("LicenseUrl", "ReadmeUrl"):
            self.assertTrue((ROOT / about[file]).is_file(), file)
        self.assertLessEqual(len(about["Labels"]), 10)


if __name__ == "__main__":
    unittest.main()
