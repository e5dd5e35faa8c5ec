-- title: Ensure CloudTrail Insights is enabled
-- kind: control
-- severity: low
-- tags: cloudtrail
-- remediation: aws cloudtrail get-insight-selectors --region {region} --trail-name {resource}
-- remediation: aws cloudtrail put-insight-selectors --region {region} --trail-name {resource} --insight-selectors InsightType=ApiCallRateInsight InsightType=ApiErrorRateInsight
--
-- CloudTrail Insights logs an event when the rate of API calls or errors of an account is unusual, as when an attacker
-- tests stolen credentials. AWS charges for the analyzed events. There is one row for each trail, in the account that
-- owns it. Unlike the Powerpipe control, this control also evaluates a trail whose home Region was not read, from its
-- shadow trail in another Region.

select
    t.arn as resource,
    unnest(case
        when not t.is_logging then alarm('The trail is not logging.')
        when not t.has_insight_selectors then alarm('CloudTrail Insights is not enabled for the trail.')
        when t.has_insight_selectors is null or t.is_logging is null
            then unknown('the status or the insight selectors of the trail were not read.')
        else ok('CloudTrail Insights is enabled for the trail.')
    end),
    t.account_id, t.region, t.name as trail_name
from home_trails() as t
order by account_position(t.account_id), t.arn
