"""What the functions may do, as IAM gets it from SAM: no right of AWS's choosing, nothing on every resource."""

import unittest

from translated import listed, of_type, read, translated, walk

# AWS knows no narrower resource for these (Service Authorization Reference), so they are apart, and optional.
EVERYWHERE = {"NetworkAccess", "TraceAccess"}


class Roles(unittest.TestCase):
    def setUp(self):
        self.resources = translated()
        self.roles = of_type(self.resources, "AWS::IAM::Role")

    def test_each_function_has_a_role_of_its_own(self):
        functions = of_type(self.resources, "AWS::Lambda::Function")
        self.assertEqual(len(functions), 9)
        for name, function in functions.items():
            self.assertEqual(function["Role"], {"Fn::GetAtt": [f"{name}Role", "Arn"]})

    def test_sam_adds_no_policy_of_aws(self):
        for name, role in self.roles.items():
            self.assertNotIn(":policy/", str(role.get("ManagedPolicyArns", [])), name)

    def statements(self):
        """Owner and statement, of the roles and the policies."""
        for name, role in self.roles.items():
            for policy in role.get("Policies", []):
                yield from ((name, one) for one in listed(policy["PolicyDocument"]["Statement"]))
        for name, policy in of_type(self.resources, "AWS::IAM::ManagedPolicy").items():
            yield from ((name, one) for one in listed(policy["PolicyDocument"]["Statement"]))

    def test_nothing_is_granted_on_every_resource_or_for_every_action(self):
        for name, statement in self.statements():
            for action in listed(statement["Action"]):
                self.assertNotIn("*", action, name)
            if name not in EVERYWHERE:
                self.assertNotIn("*", listed(statement["Resource"]), name)

    def test_a_function_writes_only_its_own_log(self):
        for name, statement in self.statements():
            if any(action.startswith("logs:") for action in listed(statement["Action"])):
                own = {"Fn::GetAtt": [name.removesuffix("Role") + "Logs", "Arn"]}
                self.assertEqual(statement["Resource"], own, name)

    def test_only_functions_in_the_vpc_may_make_interfaces_and_only_where_there_is_one(self):
        inside = {name for name, one in of_type(self.resources, "AWS::Lambda::Function").items() if "VpcConfig" in one}
        access = {"Fn::If": ["InVpc", {"Ref": "NetworkAccess"}, {"Ref": "AWS::NoValue"}]}
        may = {name for name, role in self.roles.items() if access in role.get("ManagedPolicyArns", [])}
        self.assertEqual(may, {f"{name}Role" for name in inside})
        self.assertEqual(self.resources["NetworkAccess"]["Condition"], "InVpc")
        granted = [name for name, one in self.statements() if any(a.startswith("ec2:") for a in listed(one["Action"]))]
        self.assertEqual(granted, ["NetworkAccess"])

    def test_every_role_can_be_bounded(self):
        for name, role in self.roles.items():
            bound = {"Fn::If": ["RolesAreBounded", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]}
            self.assertEqual(role["PermissionsBoundary"], bound, name)


class Events(unittest.TestCase):
    """Whatever feeds a function has the rights it needs in the role, now that SAM adds none."""

    def setUp(self):
        self.resources = translated()

    def granted(self, function):
        """Actions by resource, in letters."""
        found = {}
        for policy in self.resources[f"{function}Role"]["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                for resource in listed(statement["Resource"]):
                    found.setdefault(str(resource), set()).update(listed(statement["Action"]))
        return found

    def test_sources(self):
        sources = of_type(self.resources, "AWS::Lambda::EventSourceMapping")
        self.assertEqual(len(sources), 4)
        for name, source in sources.items():
            granted = self.granted(source["FunctionName"]["Ref"])
            table, attribute = source["EventSourceArn"]["Fn::GetAtt"]
            if attribute == "StreamArn":
                needed, place = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}, {"Fn::Sub": f"${{{table}.Arn}}/stream/*"}
                needed = {f"dynamodb:{one}" for one in needed}
            else:
                needed, place = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}, source["EventSourceArn"]
            self.assertLessEqual(needed, granted[str(place)], name)

    def test_lambda_stops_no_function_that_puts_messages_on_the_queue_it_reads(self):
        allowed = {"Fn::If": ["LoopsAreLookedFor", "Allow", {"Ref": "AWS::NoValue"}]}
        loops = set()
        for source in of_type(self.resources, "AWS::Lambda::EventSourceMapping").values():
            function = source["FunctionName"]["Ref"]
            if "sqs:SendMessage" in self.granted(function).get(str(source["EventSourceArn"]), ()):
                loops.add(function)
        self.assertEqual(loops, {"Send", "MassSend"})
        functions = of_type(self.resources, "AWS::Lambda::Function")
        self.assertEqual({name for name, one in functions.items() if one.get("RecursiveLoop") == allowed}, loops)

    def test_destinations(self):
        found = 0
        for name, one in self.resources.items():
            if one["Type"] in ("AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"):
                function = one["Properties"]["FunctionName"]["Ref"]
                for value in walk(one["Properties"].get("DestinationConfig")):
                    if isinstance(value, dict) and "Destination" in value:
                        self.assertIn("sqs:SendMessage", self.granted(function)[str(value["Destination"])], name)
                        found += 1
        self.assertEqual(found, 6)

    def test_what_a_schedule_starts_is_neither_repeated_nor_old_when_it_runs(self):
        functions = of_type(read("template.yaml")["Resources"], "AWS::Serverless::Function")
        for name, function in functions.items():
            ticks = [event["Properties"] for event in function.get("Events", {}).values() if event["Type"] == "ScheduleV2"]
            for tick in ticks:
                config = function["EventInvokeConfig"]
                self.assertEqual(config["MaximumRetryAttempts"], 0, name)
                self.assertEqual(config["MaximumEventAgeInSeconds"], tick["RetryPolicy"]["MaximumEventAgeInSeconds"], name)
                failed = {"Type": "SQS", "Destination": tick["DeadLetterConfig"]["Arn"]}
                self.assertEqual(config["DestinationConfig"]["OnFailure"], failed, name)


if __name__ == "__main__":
    unittest.main()
