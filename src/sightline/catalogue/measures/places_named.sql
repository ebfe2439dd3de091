-- Places that young people named when they were asked where they feel safe or unsafe, in the twelve months to the end of the quarter.
-- A place that several young people named counts once for each of them; nobody is named.
select
    participation_response.participation_response_id as event_id,
    quarter.period,
    participation_response.location_type,
    participation_response.age_band as said_age_band,
    participation_response.gender as said_gender
from participation_response
join quarter
    on participation_response.given_on <= quarter.end_on
    and participation_response.given_on > quarter.end_on - interval 12 month
where participation_response.feeling in ('safe', 'unsafe', 'mixed')
