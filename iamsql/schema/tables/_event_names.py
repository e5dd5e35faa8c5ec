"""The events that a look-up asks for by default: what an audit of who can get in has to see.

All but those of STS write, so that one look-up of everything that writes finds them too. Global services are logged in the
home region alone; sign-ins, STS and CloudTrail itself wherever they were asked (AWS's documentation of CloudTrail).
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
# Whether CloudTrail counts these as writes is not documented: they are asked for by name.
STS = ["GetFederationToken", "AssumeRoot"]

GLOBAL = [*IAM, *ORGANIZATIONS]
REGIONAL = [*SIGN_IN, *TRAIL]
# Where the console signs people in beside the home region (AWS's documentation of sign-in events).
SIGN_IN_REGIONS = {"aws": ("us-east-2", "eu-north-1", "ap-southeast-2")}
