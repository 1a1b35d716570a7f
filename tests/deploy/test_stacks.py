"""What CloudFormation would do: two stacks beside each other, and an upgrade of one that runs."""

import os
import re
import unittest

from translated import Stack, before, fixed, now, schema

# The template that the oldest stack was made from which an upgrade is promised for. A release puts its own here.
RUNNING = "aab7eb567470387f5c8854277b644204935c247d"
MAIN, NETWORK, WATCH = "template.yaml", "infra/network.yaml", "infra/observability.yaml"
# What must never be made anew: it holds data, or its address is known outside.
KEPT = {"AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::ApiGatewayV2::Api", "AWS::EC2::EIP", "AWS::EC2::Subnet"}


class BesideEachOther(unittest.TestCase):
    def test_two_stacks_of_one_region_share_no_name(self):
        for path in (MAIN, NETWORK, WATCH):
            for id, resource in Stack(now(path)).resources.items():
                identifier = [name.split("/")[2] for name in schema(resource["Type"])["primaryIdentifier"]]
                name = [resource.get("Properties", {}).get(part) for part in identifier]
                # What AWS names, what names the stack, and what belongs to a resource of it is its own.
                own = any(part is None or isinstance(part, dict) for part in name)
                self.assertTrue(own, f"{path}: {id} is {name} in every stack")

    def test_stages_share_no_accounts(self):
        import tomllib

        stages = tomllib.loads(now("samconfig.toml"))
        of = lambda stage: stages[stage]["deploy"]["parameters"].get("parameter_overrides", "").split()
        prefix = lambda stage: next((one for one in of(stage) if one.startswith("ParameterPrefix=")), "ParameterPrefix=wechat")
        self.assertEqual(len({prefix(stage) for stage in stages if stage != "version"}), len(stages) - 1)


class Upgrade(unittest.TestCase):
    def stacks(self, path):
        old = before(path, RUNNING)
        if old is None and not os.environ.get("CI"):
            self.skipTest(f"{RUNNING} is not in this clone and cannot be fetched")
        self.assertIsNotNone(old, f"{RUNNING} is not in this clone and cannot be fetched")
        return Stack(old), Stack(now(path))

    def test_nothing_that_holds_data_or_an_address_is_made_anew(self):
        for path in (MAIN, NETWORK):
            old, new = self.stacks(path)
            for id, resource in old.resources.items():
                kind = resource["Type"]
                if kind not in KEPT:
                    continue
                self.assertIn(id, new.resources, f"{path}: {id} would go")
                self.assertEqual(kind, new.resources[id]["Type"], id)
                was, will = resource.get("Properties", {}), new.resources[id].get("Properties", {})
                for name in fixed(kind):
                    self.assertEqual(was.get(name), will.get(name), f"{path}: {id} would be made anew")

    def test_what_is_kept_says_so(self):
        for id, resource in Stack(now(MAIN)).resources.items():
            if resource["Type"] in ("AWS::DynamoDB::Table", "AWS::SQS::Queue") and id != "Logins":
                kept = resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")
                self.assertEqual(kept, ("RetainExceptOnCreate", "Retain"), id)

    def test_tables_are_protected_once_that_is_asked_for_and_a_failed_creation_can_delete_them(self):
        for switch, protected in (({}, {False}), ({"DeletionProtection": "on"}, {True})):
            tables = Stack(now(MAIN), **switch).of("AWS::DynamoDB::Table")
            del tables["Logins"]
            self.assertEqual({table["DeletionProtectionEnabled"] for table in tables.values()}, protected)

    def test_no_table_gets_or_loses_more_than_one_index(self):
        """DynamoDB makes or deletes one global secondary index in one update, and CloudFormation does no more.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
        """
        old, new = (stack.of("AWS::DynamoDB::Table") for stack in self.stacks(MAIN))
        indexes = lambda table: {repr(index) for index in table.get("GlobalSecondaryIndexes", [])}
        for id in old:
            was, will = indexes(old[id]), indexes(new[id])
            self.assertLessEqual(len(was ^ will), 1, f"{id}: do it in two releases: {was ^ will}")

    def test_no_route_with_settings_of_its_own_goes(self):
        """API Gateway refuses a stage that has settings for a route which is no more: first the settings go, then the route.

        https://github.com/aws/serverless-application-model/issues/2479
        """
        old, new = self.stacks(MAIN)
        (api,) = new.of("AWS::ApiGatewayV2::Api").values()
        routes = {f"{method.upper()} {path}" for path, methods in api["Body"]["paths"].items() for method in methods}
        for stage in old.of("AWS::ApiGatewayV2::Stage").values():
            for route in stage.get("RouteSettings", {}):
                self.assertIn(route, routes)

    def test_no_export_changes_or_goes_that_alarms_of_then_import(self):
        """CloudFormation refuses the update of a stack whose exports another stack imports, until that one reads others."""
        exports, now_exports = (
            {str(one["Export"]["Name"]): one["Value"] for one in stack.outputs.values() if "Export" in one}
            for stack in self.stacks(MAIN)
        )
        imports = set(re.findall(r'"Fn::ImportValue": !Sub "\$\{Stack\}-(\w+)"', before(WATCH, RUNNING)))
        for name, value in exports.items():
            if any(f"-{one}'" in name for one in imports):
                self.assertEqual(now_exports.get(name), value, name)

    def test_alarms_hold_nothing_of_the_stack_that_they_watch(self):
        """What is imported cannot change or go (finding A7); what is read by name can, and must be there to be read.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
        """
        for path in (MAIN, NETWORK, WATCH):
            self.assertNotIn("Fn::ImportValue", now(path))
        names = re.findall(r"Fn::GetStackOutput.+?OutputName: (\w+)", now(WATCH))
        self.assertGreater(len(set(names)), 30)
        self.assertLessEqual(set(names), set(Stack(now(MAIN)).outputs))


class Cost(unittest.TestCase):
    def test_what_costs_by_the_hour_or_the_trace_is_off_unless_asked_for(self):
        functions = Stack(now(MAIN)).of("AWS::Lambda::Function")
        self.assertEqual({one["TracingConfig"]["Mode"] for one in functions.values()}, {"PassThrough"})
        traced = Stack(now(MAIN), Tracing="on").of("AWS::Lambda::Function")
        self.assertEqual({one["TracingConfig"]["Mode"] for one in traced.values()}, {"Active"})
        kinds = lambda stack: sorted(one["VpcEndpointType"] for one in stack.of("AWS::EC2::VPCEndpoint").values())
        self.assertEqual(kinds(Stack(now(NETWORK))), ["Gateway"])
        self.assertEqual(kinds(Stack(now(NETWORK), AwsEndpoints="true")), ["Gateway", *["Interface"] * 3])

    def test_tables_have_a_key_that_costs_only_if_it_is_named(self):
        sealed = lambda stack: [table["SSESpecification"] for table in stack.of("AWS::DynamoDB::Table").values()]
        self.assertTrue(all(one == {"SSEEnabled": False} for one in sealed(Stack(now(MAIN)))))
        key = "arn:aws:kms:us-east-1:000000000000:key/1"
        self.assertTrue(all(one["KMSMasterKeyId"] == key for one in sealed(Stack(now(MAIN), DataKeyArn=key))))


class Address(unittest.TestCase):
    def test_addresses_that_exist_are_taken_over(self):
        taken = Stack(now(NETWORK), NatPerZone="true", AllocationIds="eipalloc-1,eipalloc-2")
        self.assertEqual(taken.of("AWS::EC2::EIP"), {})
        self.assertEqual(len(taken.of("AWS::EC2::NatGateway")), 2)
        self.assertEqual(len(Stack(now(NETWORK), NatPerZone="true").of("AWS::EC2::EIP")), 2)

    def test_a_name_of_ones_own_is_made_here_or_only_told(self):
        kinds = lambda **parameters: [one["Type"] for one in Stack(now(MAIN), **parameters).resources.values()]
        ours = {"AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping"}
        name, certificate = {"DomainName": "wx.example.com"}, {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1"}
        self.assertFalse(ours & set(kinds(**name)))
        self.assertTrue(ours <= set(kinds(**name, **certificate)))
        self.assertIn("AWS::Route53::RecordSet", kinds(**name, **certificate, HostedZoneId="Z1"))
        web = Stack(now(MAIN), **name).of("AWS::Lambda::Function")["Web"]
        self.assertEqual(web["Environment"]["Variables"]["PUBLIC_DOMAIN"], "wx.example.com")


if __name__ == "__main__":
    unittest.main()
