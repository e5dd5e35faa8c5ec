"""The event names that a sync looks up by default: changes to credentials and permissions, sign-ins, and changes to trails.

All of these are write events, except the events of STS. One look-up of all write events therefore also returns them. CloudTrail
logs events of global services only in the home region, and events of sign-ins, STS and CloudTrail itself in the region of
the request (AWS documentation of CloudTrail).
"""

IAM = (
    "CreateUser DeleteUser CreateAccessKey DeleteAccessKey UpdateAccessKey CreateLoginProfile UpdateLoginProfile "
    "DeleteLoginProfile DeactivateMFADevice AddUserToGroup AttachUserPolicy AttachRolePolicy AttachGroupPolicy PutUserPolicy "
    "PutRolePolicy PutGroupPolicy CreatePolicyVersion SetDefaultPolicyVersion CreateRole DeleteRole UpdateAssumeRolePolicy "
    "DeleteUserPermissionsBoundary DeleteRolePermissionsBoundary CreateSAMLProvider CreateOpenIDConnectProvider"
).split()
ORGANIZATIONS = (
    "LeaveOrganization RemoveAccountFromOrganization DetachPolicy DisablePolicyType RegisterDelegatedAdministrator"
).split()
SIGN_IN = ["ConsoleLogin"]
TRAIL = ["StopLogging", "DeleteTrail"]
# AWS does not document whether CloudTrail marks these events as write events, so a sync looks them up by name.
STS = ["GetFederationToken", "AssumeRoot"]

GLOBAL = [*IAM, *ORGANIZATIONS]
REGIONAL = [*SIGN_IN, *TRAIL]
# about: The Regions other than the home Region where the console signs in users.
# source: AWS CloudTrail User Guide, "AWS Management Console sign-in events"
# date: 2026-11-27
# rebuild: read the page
SIGN_IN_REGIONS = {"aws": ("us-east-2", "eu-north-1", "ap-southeast-2")}
